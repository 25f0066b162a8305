"""Changes the lines of a cart: all of them, one, or one fewer. Called by the API.

Only SKUs on sale get in. With If-Match the change is made only to the cart that the client saw;
the store compares versions in the same atomic step.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.etags import matches
from orders.application.ports import PriceQueries
from orders.application.read_cart import priced_view
from orders.application.views import CartView
from orders.domain.cart import CartChange
from orders.domain.errors import CartChanged
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


async def change_cart(command: ChangeCart, carts: Carts, prices: PriceQueries) -> CartView:
    """Returns the cart as changed.

    Raises CartNotFound, CartOrdered, CartFull, UnknownSku, ProductWithdrawn, or CartChanged when
    If-Match names another state of the cart.
    """
    wanted = [sku for sku, quantity in command.change.quantities.items() if quantity]
    if wanted:
        must_be_on_sale(wanted, await prices.of(wanted))
    version = await _version_to_change(command, carts, prices)
    changed = await carts.change(command.cart_id, command.owner, command.change, version)
    if changed is None:
        raise _changed(await _current(command, carts, prices))
    return await priced_view(changed, prices)


async def _version_to_change(command: ChangeCart, carts: Carts, prices: PriceQueries) -> int | None:
    """Returns the version that If-Match stands for; None when there is no condition."""
    if command.if_match is None:
        return None
    cart = await carts.get(command.cart_id, command.owner)
    view = await priced_view(cart, prices)
    if not matches(command.if_match, view.etag):
        raise _changed(view)
    return cart.version


async def _current(command: ChangeCart, carts: Carts, prices: PriceQueries) -> CartView:
    return await priced_view(await carts.get(command.cart_id, command.owner), prices)


def _changed(view: CartView) -> CartChanged:
    return CartChanged(etag=view.etag, cart=view)
