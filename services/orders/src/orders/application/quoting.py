"""Says what a cart comes to now. The use cases of carts call it, and so end in one way.

Prices and promotions come from this service's own tables, by one read: no other service is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from orders.application.cart_views import CartView
from orders.application.ports import PriceQueries
from orders.domain.cart import Cart
from orders.domain.pricing import PricedCart
from orders.domain.quote import Offers, Quote, Terms, quote


@dataclass(frozen=True, slots=True)
class Quotes:
    """Prices and promotions, what the shop charges besides, and the clock."""

    prices: PriceQueries
    terms: Terms
    clock: Callable[[], datetime]

    async def of(self, cart: Cart) -> Quote:
        """Returns what the cart comes to."""
        now = self.clock()
        # What is new and empty comes to nothing, whatever things cost.
        idle = not cart.quantities and not cart.codes
        offers = Offers({}) if idle else await self.prices.offers(cart, now)
        return quote(PricedCart.of(cart, offers.prices), offers, self.terms, now)

    async def view(self, cart: Cart) -> CartView:
        """Returns the cart as its owner sees it."""
        return CartView.of(await self.of(cart))
