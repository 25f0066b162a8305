"""Moves a guest's lines into the customer's cart after sign-in. Called by the API.

It is an explicit call that proves both: the customer by the access token, the guest by the
cart's secret token. Repeating it changes nothing.
"""

from uuid import UUID

from orders.application.ports import PriceQueries
from orders.application.read_cart import priced_view
from orders.application.views import CartView
from orders.domain.owner import Owner
from orders.domain.ports import Carts


async def merge_carts(
    cart_id: UUID,
    owner: Owner,
    guest_cart_id: UUID,
    guest: Owner,
    *,
    carts: Carts,
    prices: PriceQueries,
) -> CartView:
    """Returns the cart with the quantities of both added up; the guest's cart is gone.

    Raises CartNotFound for either, CartOrdered, CartFull or QuantityTooLarge.
    """
    return await priced_view(await carts.merge(cart_id, owner, guest_cart_id, guest), prices)
