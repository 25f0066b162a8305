"""Makes an empty cart for a customer or a guest. Called by the API.

A guest's token is the cart's only key: either the guest brings one, or it is made here and shown
once. So a guest's retry is safe only with a token of their own.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

from chassis.ids import uuid7
from orders.domain.errors import CartTokenRequired
from orders.domain.owner import Owner
from orders.domain.ports import Carts, CreationKey

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class CreatedCart:
    """`token` is the secret that was made for a guest who brought none; it is kept nowhere."""

    id: UUID
    owner: Owner
    token: str | None = None


async def create_cart(owner: Owner | None, key: CreationKey | None, carts: Carts) -> CreatedCart:
    """Makes a cart, or finds the one that the same key made before.

    `owner` is None for a guest without a token. Raises CartTokenRequired when such a guest sends
    a key, and KeyReused when the key belongs to another request.
    """
    if owner is not None:
        return CreatedCart(await carts.create(uuid7(), owner, key), owner)
    if key is not None:
        raise CartTokenRequired
    token = secrets.token_urlsafe(TOKEN_BYTES)
    guest = Owner.guest(token)
    return CreatedCart(await carts.create(uuid7(), guest, None), guest, token)
