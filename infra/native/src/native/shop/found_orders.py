"""The orders that a shop already has, as the staff's list shows them.

`replayer` skips the invoices that are among them, and `reconcile` compares them with the file.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from native.shop.bounded import for_each
from native.shop.session import Session

PENDING = "pending"
NOT_SOLD = frozenset({PENDING, "rejected", "cancelled"})
AT_ONCE = 16

# An invoice's number together with its customer's account, or None for a guest.
Place = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """One order of the list; the total in pence."""

    id: str
    reference: str | None
    customer: str | None
    status: str
    country: str
    total: int
    currency: str

    @property
    def sold(self) -> bool:
        """Whether its goods have left the stock for good."""
        return self.status not in NOT_SOLD


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of an order: units, pence for each of them, and units that came back."""

    sku: str
    quantity: int
    price: int
    returned: int


async def all_orders(session: Session) -> list[FoundOrder]:
    """Every order of the shop, whoever placed it."""
    items = session.api.items("/v1/orders", session.operator.headers)
    return [_order(item) async for item in items]


async def lines_of(orders: Iterable[FoundOrder], session: Session) -> dict[str, list[FoundLine]]:
    """The lines of these orders, by order id."""
    found: dict[str, list[FoundLine]] = {}

    async def read(order: FoundOrder) -> None:
        headers = await session.operator.headers()
        answer = await session.api.send("GET", f"/v1/orders/{order.id}", headers=headers)
        found[order.id] = [_line(line) for line in answer.json()["lines"]]

    await for_each(orders, read, at_once=AT_ONCE)
    return found


def by_place(orders: Iterable[FoundOrder]) -> Mapping[Place, list[FoundOrder]]:
    """Orders by reference and customer; more than one in a place is a fault that is reported."""
    places: dict[Place, list[FoundOrder]] = defaultdict(list)
    for order in orders:
        if order.reference is not None:
            places[order.reference, order.customer].append(order)
    return places


def _order(item: dict[str, Any]) -> FoundOrder:
    return FoundOrder(
        id=item["id"],
        reference=item["reference"],
        customer=item["customer_id"],
        status=item["status"],
        country=item["country"],
        total=item["total"]["amount"],
        currency=item["total"]["currency"],
    )


def _line(line: dict[str, Any]) -> FoundLine:
    price = line["unit_price"]["amount"]
    return FoundLine(line["sku"], line["quantity"], price, line["returned_quantity"])
