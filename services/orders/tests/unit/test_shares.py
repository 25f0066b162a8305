"""Shares: parcels and returns of any parts of an order come to exactly what was paid for it."""

from collections import Counter
from collections.abc import Callable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.domain.money import Money
from orders.domain.purchase import OrderLine
from orders.domain.shares import capture_share, refund_share

LINES = st.lists(
    st.tuples(st.integers(1, 999), st.integers(1, 12), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=4,
)


def ordered(parts: list[tuple[int, int, int, int]]) -> list[OrderLine]:
    return [
        OrderLine(
            f"{n}A", "X", quantity, Money(price, "GBP"), min(off, price * quantity), tax, False
        )
        for n, (price, quantity, off, tax) in enumerate(parts)
    ]


def in_parts(
    lines: list[OrderLine],
    cuts: list[int],
    worth: Callable[[Mapping[str, int], Mapping[str, int]], Money],
) -> list[int]:
    """Takes the units in turn, as many at a time as `cuts` say, and the rest at the end."""
    units = [line.sku for line in lines for _ in range(line.quantity)]
    gone: Counter[str] = Counter()
    amounts = []
    for count in [*cuts, len(units)]:
        part, units = Counter(units[:count]), units[count:]
        if part:
            amounts.append(worth(part, dict(gone)).amount)
            gone += part
    return amounts


@settings(max_examples=60)
@given(LINES, st.lists(st.integers(1, 9), max_size=5), st.integers(0, 500))
def test_all_parcels_and_all_returns_come_to_what_was_paid(
    parts: list[tuple[int, int, int, int]], cuts: list[int], charge: int
) -> None:
    lines, delivery = ordered(parts), Money(charge, "GBP")
    paid = Money.total(line.total_after for line in lines) + delivery
    captured = in_parts(lines, cuts, lambda part, gone: capture_share(lines, part, gone, delivery))
    refunded = in_parts(lines, cuts, lambda part, gone: refund_share(lines, part, gone, delivery))
    assert sum(captured) == sum(refunded) == paid.amount
    assert min(captured + refunded) >= 0


def test_the_first_parcel_takes_the_delivery_and_the_last_return_gives_it_back() -> None:
    line, delivery = OrderLine("1A", "X", 3, Money(100, "GBP")), Money(50, "GBP")
    captured = in_parts([line], [1, 1], lambda p, gone: capture_share([line], p, gone, delivery))
    refunded = in_parts([line], [1, 1], lambda p, gone: refund_share([line], p, gone, delivery))
    assert (captured, refunded) == ([150, 100, 100], [100, 100, 150])


def test_units_share_a_discounted_line_to_the_penny() -> None:
    line, nothing = OrderLine("1A", "X", 3, Money(100, "GBP"), 100), Money(0, "GBP")
    refunded = in_parts([line], [1, 1], lambda p, gone: refund_share([line], p, gone, nothing))
    assert refunded == [66, 67, 67]
