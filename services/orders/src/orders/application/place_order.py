"""Turns a cart into an order: the most important function of the shop. Called by the API.

Order, lines, saga, idempotency key and the first messages commit together or not at all. No
other service is asked: the prices are this service's own.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.audit import about
from chassis.context import current_conversation
from chassis.etags import matches
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7
from chassis.telemetry import current_traceparent
from orders.application.ports import UnitOfWork
from orders.application.views import CartView, OrderView
from orders.domain.errors import CartChanged, CartOrdered, ContactRequired, PreconditionMissing
from orders.domain.order import Order
from orders.domain.ports import Carts
from orders.domain.pricing import PricedCart
from orders.domain.purchase import Purchase


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """What the buyer asks for; `if_match` is the header field with the ETag of the cart seen."""

    cart_id: UUID
    purchase: Purchase
    if_match: str | None
    key: IdempotencyKey


@dataclass(frozen=True, slots=True)
class Placed:
    """`order` is None when this was a retry: the order of `location` exists already."""

    order_id: UUID
    order: OrderView | None


async def place_order(command: PlaceOrder, uow: UnitOfWork, carts: Carts, now: datetime) -> Placed:
    """Places the order, or finds the one that the same key placed before.

    The key is claimed before the cart is looked at, so that a retry succeeds even when the cart
    is gone. Raises KeyReused, KeyInFlight, PreconditionMissing, ContactRequired, CartNotFound,
    CartOrdered, CartChanged, CartEmpty, ProductWithdrawn or CurrencyMismatch.
    """
    async with uow:
        stored = await uow.idempotency.claim(command.key)
        if stored is not None:
            return Placed(_order_at(stored), None)
        order = await _order_from_cart(command, uow, carts, now)
        await _add(order, uow, carts)
        about(order.id)
        await uow.idempotency.store(command.key, StoredAnswer(201, location_of(order.id)))
        await uow.commit()
    await carts.close(order.cart_id, order.purchase.owner, order.id)
    return Placed(order.id, OrderView.of(order))


def location_of(order_id: UUID) -> str:
    """Returns where the order is, as the Location header field says it."""
    return f"/v1/orders/{order_id}"


async def _order_from_cart(
    command: PlaceOrder, uow: UnitOfWork, carts: Carts, now: datetime
) -> Order:
    # "*" would match whatever the price is by now, and so would be no look at the cart.
    if command.if_match is None or command.if_match.strip() == "*":
        raise PreconditionMissing
    if command.purchase.owner.customer_id is None and command.purchase.contact is None:
        raise ContactRequired
    cart = await carts.get(command.cart_id, command.purchase.owner)
    cart.must_be_open()
    priced = PricedCart.of(cart, await uow.prices.of(cart.quantities))
    view = CartView.of(priced)
    if not matches(command.if_match, view.etag):
        raise CartChanged(etag=view.etag, cart=view)
    order = Order.place(uuid7(), priced, command.purchase, now)
    order.conversation = current_conversation().correlation_id
    order.traceparent = current_traceparent()
    return order


async def _add(order: Order, uow: UnitOfWork, carts: Carts) -> None:
    try:
        await uow.orders.add(order)
    except CartOrdered as refusal:
        # We stopped between an earlier commit and closing its cart; now it is closed.
        await carts.close(order.cart_id, order.purchase.owner, refusal.order_id)
        raise


def _order_at(stored: StoredAnswer) -> UUID:
    return UUID((stored.location or "").rpartition("/")[2])
