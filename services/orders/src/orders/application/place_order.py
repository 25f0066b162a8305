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
from chassis.idempotency import IdempotencyKey, KeyInFlight, StoredAnswer
from chassis.ids import uuid7
from chassis.telemetry import current_traceparent
from orders.application.cart_views import CartView, cart_changed
from orders.application.change_order import location_of
from orders.application.order_views import OrderView
from orders.application.ports import Placing
from orders.application.timeline import Party, asked
from orders.domain.cart import Cart
from orders.domain.errors import (
    CartOrdered,
    ContactRequired,
    OrdersError,
    PreconditionMissing,
)
from orders.domain.order import Order
from orders.domain.ports import Carts
from orders.domain.pricing import PricedCart
from orders.domain.promotions import PromotionUsedUp
from orders.domain.purchase import Purchase
from orders.domain.quote import Offers, Quote, Terms, quote


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


async def place_order(
    command: PlaceOrder, uow: Placing, carts: Carts, terms: Terms, now: datetime
) -> Placed:
    """Places the order, or finds the one that the same key placed before.

    Nearly every key is new, so it is looked up only when something is in the way: a retry finds its
    cart ordered or gone, and of twins the first commit wins; both get the answer of the first.
    Raises KeyReused, KeyInFlight, PreconditionMissing, ContactRequired, CartNotFound,
    CartOrdered, CartChanged, CartEmpty, ProductWithdrawn or CurrencyMismatch.
    """
    async with uow:
        try:
            return await _place(command, uow, carts, terms, now)
        except (OrdersError, KeyInFlight):
            stored = await uow.idempotency.find(command.key)
            if stored is None:
                raise
    order_id = _order_at(stored)
    # The first try may have stopped after its commit, with the cart still open.
    await carts.close(command.cart_id, command.purchase.owner, order_id)
    return Placed(order_id, None)


async def _place(
    command: PlaceOrder, uow: Placing, carts: Carts, terms: Terms, now: datetime
) -> Placed:
    # "*" would match whatever the price is by now, and so would be no look at the cart.
    if command.if_match is None or command.if_match.strip() == "*":
        raise PreconditionMissing
    if command.purchase.owner.customer_id is None and command.purchase.contact is None:
        raise ContactRequired
    cart = await carts.get(command.cart_id, command.purchase.owner)
    cart.must_be_open()
    till = _Till(cart, command.purchase.address.country, uow, terms, now)
    order = Order.place(uuid7(), await till.agreed(command.if_match), command.purchase, now)
    order.conversation = current_conversation().correlation_id
    order.traceparent = current_traceparent()
    try:
        await _commit(order, command.key, uow)
    except PromotionUsedUp:
        raise cart_changed(CartView.of(await till.quote())) from None
    except CartOrdered as refusal:
        # We stopped between an earlier commit and closing its cart; now it is closed.
        await carts.close(order.cart_id, order.purchase.owner, refusal.order_id)
        raise
    await carts.close(order.cart_id, order.purchase.owner, order.id)
    return Placed(order.id, OrderView.of(order))


async def _commit(order: Order, key: IdempotencyKey, uow: Placing) -> None:
    owner = order.purchase.owner
    about(order.id)
    used = [promotion.id for promotion in order.bill.promotions if promotion.is_limited]
    if used:
        await uow.promotions.take(used, owner.customer_id)
    uow.timeline.add(asked(order.id, "place_order", Party.of(owner, owner)))
    await uow.orders.add(order)
    await uow.idempotency.store(key, StoredAnswer(201, location_of(order.id)))
    await uow.commit()


@dataclass(frozen=True, slots=True)
class _Till:
    """Prices one cart for the country that it goes to."""

    cart: Cart
    country: str
    uow: Placing
    terms: Terms
    now: datetime

    async def agreed(self, if_match: str) -> Quote:
        """Returns the quote, if the buyer saw a cart that costs the same.

        They may have seen it for another country; with prices that include the tax that is often
        the same. Raises CartChanged with the cart as it is for this one.
        """
        offers = await self.uow.prices.offers(self.cart, self.now)
        quoted = self._from(offers, self.country)
        view = CartView.of(quoted)
        if matches(if_match, view.etag):
            return quoted
        seen = CartView.of(self._from(offers, self.cart.country))
        if matches(if_match, seen.etag) and seen.costs_what(view):
            return quoted
        raise cart_changed(view)

    async def quote(self) -> Quote:
        """Returns what the cart comes to, as far as is known now."""
        return self._from(await self.uow.prices.offers(self.cart, self.now), self.country)

    def _from(self, offers: Offers, country: str) -> Quote:
        priced = PricedCart.of(self.cart, offers.prices)
        return quote(priced, offers, self.terms, self.now, country)


def _order_at(stored: StoredAnswer) -> UUID:
    return UUID((stored.location or "").rpartition("/")[2])
