"""Puts a promotion's code into a cart. Called by the API.

A code that can never work for this buyer is refused at once, with the reason. One that the cart
does not fit yet is taken, and the cart says why it does nothing so far.
"""

from dataclasses import dataclass
from uuid import UUID

from orders.application.cart_views import CartView
from orders.application.change_cart import ChangeCart, change_cart
from orders.application.quoting import Quotes
from orders.domain.cart import CartChange
from orders.domain.errors import CodeNotUsable
from orders.domain.owner import Owner
from orders.domain.ports import Carts
from orders.domain.promotions import Refusal

_UP_TO_THE_CART = (Refusal.BELOW_MINIMUM, Refusal.NOTHING_QUALIFIES, Refusal.NOT_COMBINED)


@dataclass(frozen=True, slots=True)
class UseCode:
    """`if_match` is the header field as it came, None without one."""

    cart_id: UUID
    owner: Owner
    code: str
    if_match: str | None = None


async def use_code(command: UseCode, carts: Carts, quotes: Quotes) -> CartView:
    """Returns the cart with the code, whether it does something or not.

    Raises CodeNotUsable, TooManyCodes, CartNotFound, CartOrdered, or CartChanged.
    """
    change = CartChange(codes={command.code: True})
    cart = await carts.get(command.cart_id, command.owner)
    quote = await quotes.of(cart.apply(change))
    reason = dict(quote.refused).get(command.code)
    if reason is not None and reason not in _UP_TO_THE_CART:
        raise CodeNotUsable(command.code, reason)
    wanted = ChangeCart(command.cart_id, command.owner, change, command.if_match)
    return await change_cart(wanted, carts, quotes)
