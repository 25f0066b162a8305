"""Shows a cart with today's prices. Called by the API, and by the use cases that answer with one.

The cart comes from its store, the prices from this service's own read model: no other service
is asked.
"""

from uuid import UUID

from orders.application.ports import PriceQueries
from orders.application.views import CartView
from orders.domain.cart import Cart
from orders.domain.owner import Owner
from orders.domain.ports import Carts
from orders.domain.pricing import PricedCart


async def read_cart(cart_id: UUID, owner: Owner, carts: Carts, prices: PriceQueries) -> CartView:
    """Returns the owner's cart, open or ordered. Raises CartNotFound."""
    return await priced_view(await carts.get(cart_id, owner), prices)


async def priced_view(cart: Cart, prices: PriceQueries) -> CartView:
    """Returns the view of a cart at today's prices."""
    known = await prices.of(cart.quantities) if cart.quantities else {}
    return CartView.of(PricedCart.of(cart, known))
