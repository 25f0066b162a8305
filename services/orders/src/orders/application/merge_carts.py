"""Moves a guest's lines into the customer's cart after sign-in. Called by the API.

It is an explicit call that proves both: the customer by the access token, the guest by the
cart's secret token. Repeating it changes nothing.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.etags import matches
from orders.application.cart_views import CartView, cart_changed
from orders.application.quoting import Quotes
from orders.domain.owner import Owner
from orders.domain.ports import Carts

# A cart counts its versions from 0.
_NO_VERSION = -1


@dataclass(frozen=True, slots=True)
class MergeCarts:
    """`if_match` is the header field as it came, None without one; it is about the customer's."""

    cart_id: UUID
    owner: Owner
    guest_cart_id: UUID
    guest: Owner
    if_match: str | None = None


async def merge_carts(command: MergeCarts, carts: Carts, quotes: Quotes) -> CartView:
    """Returns the cart with the quantities of both added up; the guest's cart is gone.

    Delivery, country and codes stay those of the customer's cart.

    Raises CartNotFound for either, CartOrdered, CartFull, QuantityTooLarge, or CartChanged when
    If-Match names another state of the cart, unless it is a repetition.
    """
    version = await _version_to_change(command, carts, quotes)
    merged = await carts.merge(
        command.cart_id, command.owner, command.guest_cart_id, command.guest, version
    )
    if merged is None:
        raise cart_changed(await quotes.view(await carts.get(command.cart_id, command.owner)))
    return await quotes.view(merged)


async def _version_to_change(command: MergeCarts, carts: Carts, quotes: Quotes) -> int | None:
    """Returns the version that If-Match stands for; None when there is no condition."""
    if command.if_match is None:
        return None
    cart = await carts.get(command.cart_id, command.owner)
    seen = matches(command.if_match, (await quotes.view(cart)).etag)
    return cart.version if seen else _NO_VERSION
