"""How an order's money is divided over its goods: what a parcel takes, what a return gives back.

So many units of a line are worth that part of what is paid for the whole line, rounded down. What
a parcel or a return is worth is the difference between that with it and without it, so that all of
them come to the line's amount, in whatever parts its units go.
"""

from collections.abc import Mapping, Sequence

from orders.domain.money import Money
from orders.domain.purchase import OrderLine

Quantities = Mapping[str, int]


def capture_share(
    lines: Sequence[OrderLine], leaving: Quantities, shipped: Quantities, delivery: Money
) -> Money:
    """Returns what is charged when `leaving` follows on what was `shipped` before.

    The delivery is charged with the first parcel.
    """
    goods = _due(lines, _sum(shipped, leaving)) - _due(lines, shipped)
    first = not any(shipped.values())
    return Money(goods + (delivery.amount if first else 0), delivery.currency)


def refund_share(
    lines: Sequence[OrderLine], coming: Quantities, returned: Quantities, delivery: Money
) -> Money:
    """Returns what is given back when `coming` follows on what was `returned` before.

    The delivery is given back with the return that completes the order: whoever keeps a part of
    it keeps the service of having it delivered.
    """
    back = _sum(returned, coming)
    goods = _due(lines, back) - _due(lines, returned)
    return Money(goods + (delivery.amount if _is_all(lines, back) else 0), delivery.currency)


def worth_of_returned(lines: Sequence[OrderLine], returned: Quantities, delivery: Money) -> Money:
    """Returns what all of the goods that came back are worth together."""
    return refund_share(lines, returned, {}, delivery)


def _due(lines: Sequence[OrderLine], quantities: Quantities) -> int:
    return sum(
        line.total_after.amount * quantities.get(line.sku, 0) // line.quantity for line in lines
    )


def _is_all(lines: Sequence[OrderLine], quantities: Quantities) -> bool:
    return all(quantities.get(line.sku, 0) == line.quantity for line in lines)


def _sum(one: Quantities, other: Quantities) -> Quantities:
    return {sku: one.get(sku, 0) + other.get(sku, 0) for sku in one.keys() | other.keys()}
