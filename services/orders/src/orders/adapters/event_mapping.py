"""Turns what an order recorded into messages as contracts/ describes them.

The unit of work calls it for each recorded fact. Participants' commands carry only what they
need; the order's own events carry the whole order, so that no consumer has to ask back.
"""

from collections.abc import Mapping
from typing import Any

from chassis.envelope import Event, new_event
from orders.domain.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEvent,
    OrderPlaced,
    OrderRejected,
    Recorded,
    SagaCommand,
)
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.saga import Command

SOURCE = "/services/orders"
EVENTS = "orders.events"

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
}


def to_message(order: Order, recorded: Recorded) -> tuple[str, Event]:
    """Returns the topic and the message."""
    what = recorded.what
    if isinstance(what, SagaCommand):
        participant = _PARTICIPANTS[what.command]
        name, data = f"{participant}.{what.command}", _command_data(order, what.command)
        return f"{participant}.commands", _message(order, recorded, name, data)
    name, data = f"orders.{_NAMES[type(what)]}", _event_data(order, what)
    return EVENTS, _message(order, recorded, name, data)


def _message(order: Order, recorded: Recorded, name: str, data: dict[str, Any]) -> Event:
    return new_event(
        source=SOURCE,
        type=f"{name}.v1",
        subject=str(order.id),
        sequence=recorded.sequence,
        data=data,
    )


def _command_data(order: Order, command: Command) -> dict[str, Any]:
    data: dict[str, Any] = {"order_id": str(order.id)}
    if command is Command.RESERVE_STOCK:
        data["lines"] = [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]
    elif command is Command.AUTHORISE_PAYMENT:
        data["amount"] = _money(order.total)
        data["payment_token"] = order.purchase.payment_token
    return data


def _event_data(order: Order, event: OrderEvent) -> dict[str, Any]:
    data: dict[str, Any] = {"order": _whole(order)}
    match event:
        case OrderRejected(reason, shortages):
            data["reason"] = reason
            if shortages:
                data["shortages"] = [
                    {"sku": s.sku, "requested": s.requested, "available": s.available}
                    for s in shortages
                ]
        case OrderCancelled(by):
            data["cancelled_by"] = by
    return data


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
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": _money(line.unit_price),
                "total": _money(line.total),
            }
            for line in order.lines
        ],
        "total": _money(order.total),
        "country": order.purchase.address.country,
        "placed_at": order.placed_at.isoformat().replace("+00:00", "Z"),
    }


def _money(money: Money) -> dict[str, Any]:
    return {"amount": money.amount, "currency": money.currency}
