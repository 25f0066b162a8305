"""What this caller may do with an order now, as links: the state's moves that their scopes allow.

The bodies of orders and of their parts carry them; a client that follows links is never refused
for the wrong reason.
"""

from uuid import UUID

from chassis.etags import strong_etag
from orders.api.dependencies import CANCEL_ALL, FULFIL, READ_ALL, REFUND, RETURN_ALL, WRITE, Visitor
from orders.application.change_order import location_of
from orders.application.order_views import OrderView
from orders.domain.fulfilment import Return, ReturnStatus, Shipment
from orders.domain.moves import Move


def order_links(view: OrderView, visitor: Visitor) -> dict[str, str]:
    """Returns the places by their relations."""
    is_own = visitor.owner == view.owner
    writes = is_own and visitor.may(WRITE)
    offered = {
        "timeline": ("timeline", is_own or visitor.may(READ_ALL)),
        "cancel": ("cancellation", _may(view, Move.CANCEL, writes or visitor.may(CANCEL_ALL))),
        "pack": ("packing", _may(view, Move.PACK, visitor.may(FULFIL))),
        "ship": ("shipments", _may(view, Move.SHIP, visitor.may(FULFIL))),
        "return": ("returns", _may(view, Move.RETURN, writes or visitor.may(RETURN_ALL))),
        "refund": ("refunds", _may(view, Move.REFUND, visitor.may(REFUND))),
    }
    links = {"self": location_of(view.id)}
    links |= {name: location_of(view.id, to) for name, (to, allowed) in offered.items() if allowed}
    if visitor.may("payments:read"):
        links["payments"] = f"/v1/payments?order_id={view.id}"
    return links


def order_etag(view: OrderView, visitor: Visitor) -> str:
    """Returns the entity tag of what this caller sees of the order.

    Captures, and what inventory says of returns, change the order without an event of its own.
    """
    links = [
        order_links(view, visitor),
        *(shipment_links(one, view, visitor) for one in view.fulfilment.shipments),
        *(return_links(one, view, visitor) for one in view.fulfilment.returns),
    ]
    return strong_etag(view.id, view.version, view.updated_at, *map(list, links))


def shipment_links(shipment: Shipment, view: OrderView, visitor: Visitor) -> dict[str, str]:
    """Returns where the shipment is, and whether it can be said to have arrived."""
    links = {"self": location_of(view.id, "shipments", shipment.id)}
    if shipment.delivered_at is None and _may(view, Move.DELIVER, visitor.may(FULFIL)):
        links["deliver"] = location_of(view.id, "shipments", shipment.id, "delivery")
    return links


def return_links(returning: Return, view: OrderView, visitor: Visitor) -> dict[str, str]:
    """Returns where the return is, and how it may be decided on."""
    links = {"self": location_of(view.id, "returns", returning.id)}
    if returning.status is ReturnStatus.REQUESTED:
        if visitor.may(RETURN_ALL) or visitor.may(FULFIL):
            links["receive"] = location_of(view.id, "returns", returning.id, "receipt")
        if visitor.may(RETURN_ALL):
            links["refuse"] = location_of(view.id, "returns", returning.id, "refusal")
    return links


def refund_links(refund_id: UUID, view: OrderView) -> dict[str, str]:
    """Returns where the refund is."""
    return {"self": location_of(view.id, "refunds", refund_id)}


def _may(view: OrderView, move: Move, allowed: bool) -> bool:
    return allowed and view.may(move)
