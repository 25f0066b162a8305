"""How an order's money is divided over its goods: what a parcel takes, what a return gives back.

The order asks when goods leave and when they come back. Both rules tell the difference between
what is due for all goods up to now and what was due before, so that parts add up to the whole.
"""

from collections.abc import Mapping, Sequence

from orders.domain.money import Money
from orders.domain.purchase import OrderLine

Quantities = Mapping[str, int]


def capture_share(
    lines: Sequence[OrderLine], leaving: Quantities, shipped: Quantities, total: Money
) -> Money:
    """Returns what is charged when `leaving` follows on `shipped`; the last parcel the rest."""
    before, after = _value(lines, shipped), _value(lines, _sum(shipped, leaving))
    due = total.amount if _is_all(lines, _sum(shipped, leaving)) else after
    return Money(due - before, total.currency)


def refund_share(lines: Sequence[OrderLine], coming: Quantities, returned: Quantities) -> Money:
    """Returns what is given back when `coming` follows on what was `returned` before."""
    worth = _value(lines, _sum(returned, coming)) - _value(lines, returned)
    return Money(worth, lines[0].unit_price.currency)


def _value(lines: Sequence[OrderLine], quantities: Quantities) -> int:
    return sum(line.unit_price.amount * quantities.get(line.sku, 0) for line in lines)


def _is_all(lines: Sequence[OrderLine], quantities: Quantities) -> bool:
    return all(quantities.get(line.sku, 0) == line.quantity for line in lines)


def _sum(one: Quantities, other: Quantities) -> Quantities:
    return {sku: one.get(sku, 0) + other.get(sku, 0) for sku in one.keys() | other.keys()}
