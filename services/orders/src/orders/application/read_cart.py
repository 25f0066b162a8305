"""Shows a cart with all that it comes to today. Called by the API.

The cart comes from its store, prices and promotions from this service's own tables.
"""

from uuid import UUID

from orders.application.cart_views import CartView
from orders.application.quoting import Quotes
from orders.domain.owner import Owner
from orders.domain.ports import Carts


async def read_cart(cart_id: UUID, owner: Owner, carts: Carts, quotes: Quotes) -> CartView:
    """Returns the owner's cart, open or ordered. Raises CartNotFound."""
    return await quotes.view(await carts.get(cart_id, owner))
