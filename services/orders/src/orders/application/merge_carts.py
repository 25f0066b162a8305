"""Moves a guest's lines into the customer's cart after sign-in. Called by the API.

It is an explicit call that proves both: the customer by the access token, the guest by the
cart's secret token. Repeating it changes nothing.
"""

from uuid import UUID

from orders.application.cart_views import CartView
from orders.application.quoting import Quotes
from orders.domain.owner import Owner
from orders.domain.ports import Carts


async def merge_carts(
    cart_id: UUID,
    owner: Owner,
    guest_cart_id: UUID,
    guest: Owner,
    *,
    carts: Carts,
    quotes: Quotes,
) -> CartView:
    """Returns the cart with the quantities of both added up; the guest's cart is gone.

    Delivery, country and codes stay those of the customer's cart.

    Raises CartNotFound for either, CartOrdered, CartFull or QuantityTooLarge.
    """
    return await quotes.view(await carts.merge(cart_id, owner, guest_cart_id, guest))
