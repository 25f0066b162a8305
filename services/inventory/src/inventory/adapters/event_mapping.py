"""How inventory's domain events become messages, as `contracts/events/inventory/` lays down.

Replies to the saga have the order as their subject and so come back in the order in which they
were given; availability has the SKU.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from chassis.envelope import Event, new_event
from inventory.domain.reservation import ReservationAnswered, Status, StockReturned
from inventory.domain.stock import AvailabilityChanged

TOPIC = "inventory.events"
SOURCE = "/services/inventory"

_TYPES = {
    Status.HELD: "inventory.stock_reserved.v1",
    Status.REJECTED: "inventory.stock_rejected.v1",
    Status.COMMITTED: "inventory.stock_committed.v1",
    Status.RELEASED: "inventory.stock_released.v1",
    Status.EXPIRED: "inventory.reservation_expired.v1",
}


def reply(answered: ReservationAnswered | StockReturned) -> Event:
    """Tells the saga how far the order's reservation is, or that a return is on the shelf."""
    known = None if isinstance(answered, StockReturned) else _TYPES[answered.status]
    return new_event(
        source=SOURCE,
        type=known or "inventory.stock_returned.v1",
        subject=str(answered.order_id),
        sequence=answered.version,
        data={"order_id": str(answered.order_id), **_details(answered)},
    )


def availability(changed: AvailabilityChanged) -> Event:
    """Tells the shop window whether a SKU can be bought."""
    return new_event(
        source=SOURCE,
        type="inventory.availability_changed.v1",
        subject=changed.sku,
        sequence=changed.version,
        data={"sku": changed.sku, "in_stock": changed.in_stock},
    )


def order_of(command: Event) -> UUID | None:
    """Returns which order a command is about, without judging it: this only warms the locks."""
    try:
        return UUID(str(command.data.get("order_id")))
    except ValueError:
        return None


def skus_of(command: Event) -> set[str]:
    """Returns the SKUs that a command names, without judging it."""
    lines = command.data.get("lines")
    if not isinstance(lines, list):
        return set()
    named = [line.get("sku") for line in lines if isinstance(line, dict)]
    return {sku for sku in named if isinstance(sku, str)}


def _details(answered: ReservationAnswered | StockReturned) -> dict[str, Any]:
    if isinstance(answered, StockReturned):
        lines = [{"sku": sku, "quantity": n} for sku, n in sorted(answered.lines.items())]
        return {"return_id": str(answered.return_id), "lines": lines}
    if answered.status is Status.HELD and answered.expires_at is not None:
        return {"expires_at": answered.expires_at.isoformat().replace("+00:00", "Z")}
    if answered.status is Status.REJECTED:
        return {"shortages": [asdict(shortage) for shortage in answered.shortages]}
    return {}
