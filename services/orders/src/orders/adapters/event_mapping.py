"""Turns what an order recorded into messages as contracts/ describes them.

The unit of work calls it for each recorded fact. Participants' commands carry only what they
need; the order's own events carry the whole order, so that no consumer has to ask back.
"""

from collections.abc import Mapping
from typing import Any

from chassis.envelope import Event, new_event
from orders.domain.amounts import Amounts
from orders.domain.events import (
    CapturePayment,
    OrderCancelled,
    OrderCommand,
    OrderConfirmed,
    OrderDelivered,
    OrderEvent,
    OrderPacked,
    OrderPlaced,
    OrderRefunded,
    OrderRejected,
    OrderShipped,
    Recorded,
    RefundFailed,
    RefundPayment,
    ReturnReceived,
    ReturnRefused,
    ReturnRequested,
    ReturnStock,
    SagaCommand,
)
from orders.domain.fulfilment import Quantities
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.saga import Command

SOURCE = "/services/orders"
EVENTS = "orders.events"
# So many bytes are the names of all lines together: the largest order's events have room for them
# twice. Of up to 80 lines no name is cut.
_NAMES_BYTES = 64_000

_PARTICIPANTS: Mapping[Command, str] = {
    Command.RESERVE_STOCK: "inventory",
    Command.RELEASE_STOCK: "inventory",
    Command.COMMIT_STOCK: "inventory",
    Command.AUTHORISE_PAYMENT: "payments",
    Command.VOID_PAYMENT: "payments",
}
_NAMES: Mapping[type[OrderEvent], str] = {
    OrderPlaced: "order_placed",
    OrderConfirmed: "order_confirmed",
    OrderRejected: "order_rejected",
    OrderCancelled: "order_cancelled",
    OrderPacked: "order_packed",
    OrderShipped: "order_shipped",
    OrderDelivered: "order_delivered",
    ReturnRequested: "return_requested",
    ReturnReceived: "return_received",
    ReturnRefused: "return_refused",
    OrderRefunded: "order_refunded",
    RefundFailed: "refund_failed",
}


def to_message(order: Order, recorded: Recorded) -> tuple[str, Event]:
    """Returns the topic and the message."""
    what = recorded.what
    if isinstance(what, OrderCommand):
        participant, name, data = _command(order, what)
        data = {"order_id": str(order.id), **data}
        return f"{participant}.commands", _message(order, recorded, f"{participant}.{name}", data)
    data = {"order": _whole(order), **_event_data(order, what)}
    return EVENTS, _message(order, recorded, f"orders.{_NAMES[type(what)]}", data)


def _message(order: Order, recorded: Recorded, name: str, data: dict[str, Any]) -> Event:
    return new_event(
        source=SOURCE,
        type=f"{name}.v1",
        subject=str(order.id),
        sequence=recorded.sequence,
        data=data,
    )


def _command(order: Order, command: OrderCommand) -> tuple[str, str, dict[str, Any]]:
    """Returns who is told, what, and what they need for it beside the order's id."""
    match command:
        case SagaCommand(asked):
            return _PARTICIPANTS[asked], asked, _saga_data(order, asked)
        case CapturePayment(shipment_id, amount, final):
            data = {"shipment_id": str(shipment_id), "amount": _money(amount), "final": final}
            return "payments", "capture_payment", data
        case RefundPayment(refund_id, amount):
            data = {"refund_id": str(refund_id), "amount": _money(amount)}
            return "payments", "refund_payment", data
        case ReturnStock(return_id, quantities):
            lines = [{"sku": sku, "quantity": n} for sku, n in sorted(quantities.items())]
            return "inventory", "return_stock", {"return_id": str(return_id), "lines": lines}


def _saga_data(order: Order, command: Command) -> dict[str, Any]:
    if command is Command.RESERVE_STOCK:
        return {
            "lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines],
        }
    if command is Command.AUTHORISE_PAYMENT:
        return {"amount": _money(order.total), "payment_token": order.purchase.payment_token}
    return {}


def _event_data(order: Order, event: OrderEvent) -> dict[str, Any]:
    match event:
        case OrderRejected(reason, shortages):
            short = [
                {"sku": s.sku, "requested": s.requested, "available": s.available}
                for s in shortages
            ]
            return {"reason": reason} | ({"shortages": short} if short else {})
        case OrderCancelled(by):
            return {"cancelled_by": by}
        case OrderShipped() | OrderDelivered():
            return _parcel(order, event)
        case ReturnRequested() | ReturnReceived() | ReturnRefused():
            return _returning(order, event)
        case OrderRefunded(refund_id, amount, total):
            ours = str(refund_id) if refund_id else None
            money = {"amount": _money(amount), "refunded_total": _money(total)}
            return {"refund_id": ours, **money}
        case RefundFailed(refund_id, amount, reason):
            return {"refund_id": str(refund_id), "amount": _money(amount), "reason": reason}
    return {}


def _parcel(order: Order, event: OrderShipped | OrderDelivered) -> dict[str, Any]:
    shipment = event.shipment
    data: dict[str, Any] = {
        "shipment_id": str(shipment.id),
        "lines": _named(order, shipment.quantities),
        "complete": event.complete,
    }
    if isinstance(event, OrderShipped):
        data |= {"carrier": shipment.carrier, "tracking": shipment.tracking}
    return data


def _returning(
    order: Order, event: ReturnRequested | ReturnReceived | ReturnRefused
) -> dict[str, Any]:
    returning = event.returning
    data = {"return_id": str(returning.id), "lines": _named(order, returning.quantities)}
    match event:
        case ReturnReceived(_, refund, complete):
            return data | {"refund": _money(refund), "complete": complete}
        case ReturnRefused(_, reason):
            return data | {"reason": reason}
    return data | {"reason": returning.reason}


def _named(order: Order, quantities: Quantities) -> list[dict[str, Any]]:
    return [
        {"sku": line.sku, "name": _name(order, line.name), "quantity": quantities[line.sku]}
        for line in order.lines
        if line.sku in quantities
    ]


def _whole(order: Order) -> dict[str, Any]:
    contact = order.purchase.contact
    return {
        "order_id": str(order.id),
        "reference": order.purchase.reference,
        "customer_id": order.purchase.owner.customer_id,
        "contact": {"email": contact.email, "name": contact.name} if contact else None,
        "lines": [
            {
                "sku": line.sku,
                "name": _name(order, line.name),
                "quantity": line.quantity,
                "unit_price": _money(line.unit_price),
                "total": _money(line.total),
                "discount": _money(line.discount),
                "tax": _money(line.tax),
                "total_after": _money(line.total_after),
            }
            for line in order.lines
        ],
        "total": _money(order.total),
        "amounts": _amounts(order.bill.amounts),
        "country": order.purchase.address.country,
        "placed_at": order.placed_at.isoformat().replace("+00:00", "Z"),
    }


def _name(order: Order, name: str) -> str:
    """Returns a line's name, cut where many long ones would not fit into one event."""
    room, written = _NAMES_BYTES // len(order.lines), name.encode()
    if len(written) <= room:
        return name
    return written[: room - len("…".encode())].decode(errors="ignore") + "…"


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return {
        "subtotal": _money(amounts.subtotal),
        "discount": _money(amounts.discount),
        "shipping": _money(amounts.shipping),
        "tax": _money(amounts.tax),
        "shipping_tax": _money(amounts.shipping_tax),
        "total": _money(amounts.total),
        "prices_include_tax": amounts.prices_include_tax,
    }


def _money(money: Money) -> dict[str, Any]:
    return {"amount": money.amount, "currency": money.currency}
