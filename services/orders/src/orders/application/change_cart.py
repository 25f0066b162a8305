"""Changes a cart: lines, delivery, country, codes. Called by the API and by use_code.py.

Only SKUs on sale get in. With If-Match the change is made only to the cart that the client saw;
the store compares versions in the same atomic step.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.etags import matches
from orders.application.cart_views import CartView, cart_changed
from orders.application.quoting import Quotes
from orders.domain.cart import CartChange
from orders.domain.owner import Owner
from orders.domain.ports import Carts
from orders.domain.pricing import must_be_on_sale


@dataclass(frozen=True, slots=True)
class ChangeCart:
    """`if_match` is the header field as it came, None without one."""

    cart_id: UUID
    owner: Owner
    change: CartChange
    if_match: str | None = None


async def change_cart(command: ChangeCart, carts: Carts, quotes: Quotes) -> CartView:
    """Returns the cart as changed.

    Raises CartNotFound, CartOrdered, CartFull, TooManyCodes, UnknownSku, ProductWithdrawn, or
    CartChanged when If-Match names another state of the cart.
    """
    wanted = [sku for sku, quantity in command.change.quantities.items() if quantity]
    if wanted:
        must_be_on_sale(wanted, await quotes.prices.of(wanted))
    version = await _version_to_change(command, carts, quotes)
    changed = await carts.change(command.cart_id, command.owner, command.change, version)
    if changed is None:
        raise cart_changed(await _current(command, carts, quotes))
    return await quotes.view(changed)


async def _version_to_change(command: ChangeCart, carts: Carts, quotes: Quotes) -> int | None:
    """Returns the version that If-Match stands for; None when there is no condition."""
    if command.if_match is None:
        return None
    cart = await carts.get(command.cart_id, command.owner)
    view = await quotes.view(cart)
    if not matches(command.if_match, view.etag):
        raise cart_changed(view)
    return cart.version


async def _current(command: ChangeCart, carts: Carts, quotes: Quotes) -> CartView:
    return await quotes.view(await carts.get(command.cart_id, command.owner))
