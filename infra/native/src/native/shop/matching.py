"""Finds the order that each return of a month belongs to, by the data set's rules.

Pure: `replayer` hands the file's orders and return lines in. A line belongs to its customer's
latest earlier order that still has so many of the SKU left; what belongs to none has a reason.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from native.shop.reader import InvoiceOrder, ReturnLine


class Unmatched(StrEnum):
    """Why a line belongs to no order."""

    NO_RETURN = "the quantity is not negative"
    NO_CUSTOMER = "no customer is named"
    NEVER_BOUGHT = "no earlier order of the customer has the SKU"
    TOO_MANY = "no earlier order of the customer has so many left"


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """What one return invoice brings back of one order: units by SKU."""

    invoice: str
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A line that belongs to no order."""

    invoice: str
    sku: str
    quantity: int
    reason: Unmatched


@dataclass(frozen=True, slots=True)
class Returns:
    """`matched` by the order's InvoiceNo, the returns of each in the order of their dates."""

    matched: Mapping[str, Sequence[GoodsBack]]
    left_over: Sequence[LeftOver]


def match_returns(orders: Iterable[InvoiceOrder], lines: Iterable[ReturnLine]) -> Returns:
    """Matches every line; both are in the order of their dates."""
    bought: dict[str, list[InvoiceOrder]] = defaultdict(list)
    for order in orders:
        if order.customer is not None:
            bought[order.customer].append(order)
    left = {o.invoice: Counter({x.sku: x.quantity for x in o.lines}) for o in _flat(bought)}
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    left_over: list[LeftOver] = []
    for line in lines:
        earlier = [o for o in bought.get(line.customer or "", ()) if o.at < line.at]
        match _belongs(line, earlier, left):
            case Unmatched() as reason:
                left_over.append(LeftOver(line.invoice, line.sku, line.quantity, reason))
            case InvoiceOrder(invoice=invoice):
                left[invoice][line.sku] += line.quantity
                found[invoice, line.invoice][line.sku] -= line.quantity
    matched: dict[str, list[GoodsBack]] = defaultdict(list)
    for (invoice, back), units in found.items():
        matched[invoice].append(GoodsBack(back, dict(units)))
    return Returns(dict(matched), left_over)


def _belongs(
    line: ReturnLine, earlier: Sequence[InvoiceOrder], left: Mapping[str, Counter[str]]
) -> InvoiceOrder | Unmatched:
    if line.quantity >= 0:
        return Unmatched.NO_RETURN
    if line.customer is None:
        return Unmatched.NO_CUSTOMER
    with_sku = [order for order in earlier if line.sku in left[order.invoice]]
    if not with_sku:
        return Unmatched.NEVER_BOUGHT
    for order in reversed(with_sku):
        if left[order.invoice][line.sku] >= -line.quantity:
            return order
    return Unmatched.TOO_MANY


def _flat(bought: Mapping[str, Sequence[InvoiceOrder]]) -> Iterable[InvoiceOrder]:
    return (order for orders in bought.values() for order in orders)
