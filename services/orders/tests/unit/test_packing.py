"""Parcels: everything is packed, nothing is too heavy, and there are few of them."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.domain.packing import MAX_PARCEL_GRAMS, Goods, Parcel, pack

WEIGHTS = st.integers(1, MAX_PARCEL_GRAMS)


def goods(*lines: tuple[int, int]) -> list[Goods]:
    return [Goods(f"{n:05}", quantity, weight) for n, (quantity, weight) in enumerate(lines)]


def fewest(weights: list[int], loads: tuple[int, ...] = ()) -> int:
    """The fewest parcels possible, by trying every place for every unit."""
    if not weights:
        return len(loads)
    first, *rest = weights
    places = {load: n for n, load in enumerate(loads) if load + first <= MAX_PARCEL_GRAMS}
    tried = [fewest(rest, (*loads, first))]
    for n in places.values():
        tried.append(fewest(rest, (*loads[:n], loads[n] + first, *loads[n + 1 :])))
    return min(tried)


@given(st.lists(st.tuples(st.integers(1, 10_000), WEIGHTS), max_size=8))
def test_every_unit_is_in_a_parcel_and_no_parcel_is_too_heavy(
    lines: list[tuple[int, int]],
) -> None:
    packed = pack(goods(*lines))
    units: Counter[str] = Counter()
    for parcel in packed:
        assert parcel.count > 0
        weights = {line.sku: line.weight_grams for line in goods(*lines)}
        weight = sum(weights[sku] * quantity for sku, quantity in parcel.contents)
        assert weight == parcel.weight_grams <= MAX_PARCEL_GRAMS
        for sku, quantity in parcel.contents:
            units[sku] += parcel.count * quantity
    assert units == {line.sku: line.quantity for line in goods(*lines)}
    assert len(packed) <= 2 * len(lines)


@settings(max_examples=60)
@given(st.lists(WEIGHTS, max_size=6))
def test_no_more_parcels_than_the_bound_of_first_fit_decreasing(weights: list[int]) -> None:
    parcels = sum(parcel.count for parcel in pack(goods(*((1, weight) for weight in weights))))
    assert parcels <= fewest(weights) * 11 / 9 + 6 / 9


def test_equal_parcels_are_counted() -> None:
    assert pack([Goods("85123A", 25, 2_000)]) == (
        Parcel(2, 20_000, (("85123A", 10),)),
        Parcel(1, 10_000, (("85123A", 5),)),
    )


def test_light_goods_fill_up_what_heavy_goods_left() -> None:
    packed = pack([Goods("71053", 3, 1_000), Goods("85123A", 2, 19_000)])
    assert [(parcel.count, dict(parcel.contents)) for parcel in packed] == [
        (2, {"85123A": 1, "71053": 1}),
        (1, {"71053": 1}),
    ]


def test_nothing_needs_no_parcel() -> None:
    assert pack([]) == ()
