"""Carts in a dictionary. The rules are the domain's own; the Lua scripts must come to the same.

Every test that needs no Redis uses it.
"""

from uuid import UUID

from chassis.idempotency import KeyReused
from orders.domain.cart import Cart, CartChange
from orders.domain.errors import CartNotFound
from orders.domain.owner import Owner
from orders.domain.ports import CreationKey


class MemoryCarts:
    """The port `Carts`; one event loop, and no wait inside a change, so each is atomic."""

    def __init__(self) -> None:
        self.carts: dict[UUID, Cart] = {}
        self._current: dict[Owner, UUID] = {}
        self._keys: dict[tuple[str, str], tuple[str, UUID]] = {}
        self._merged: dict[UUID, UUID] = {}

    async def create(self, cart_id: UUID, owner: Owner, key: CreationKey | None) -> UUID:
        """See `Carts.create`."""
        if key is not None:
            fingerprint, made = self._keys.setdefault(
                (key.scope, key.key), (key.fingerprint, cart_id)
            )
            if fingerprint != key.fingerprint:
                raise KeyReused(key.key)
            if made != cart_id:
                return made
        self.carts[cart_id] = Cart(cart_id, owner, {})
        self._current[owner] = cart_id
        return cart_id

    async def get(self, cart_id: UUID, owner: Owner) -> Cart:
        """See `Carts.get`."""
        cart = self.carts.get(cart_id)
        if cart is None or cart.owner != owner:
            raise CartNotFound
        return cart

    async def current(self, owner: Owner) -> UUID:
        """See `Carts.current`."""
        if owner not in self._current:
            raise CartNotFound
        return self._current[owner]

    async def change(
        self, cart_id: UUID, owner: Owner, change: CartChange, version: int | None = None
    ) -> Cart | None:
        """See `Carts.change`."""
        cart = await self.get(cart_id, owner)
        cart.must_be_open()
        if version not in (None, cart.version):
            return None
        self.carts[cart_id] = cart.apply(change)
        return self.carts[cart_id]

    async def merge(
        self,
        cart_id: UUID,
        owner: Owner,
        guest_cart_id: UUID,
        guest: Owner,
        version: int | None = None,
    ) -> Cart | None:
        """See `Carts.merge`."""
        cart = await self.get(cart_id, owner)
        if self._merged.get(guest_cart_id) == cart_id:
            return cart
        other = await self.get(guest_cart_id, guest)
        other.must_be_open()
        cart.must_be_open()
        if version not in (None, cart.version):
            return None
        self.carts[cart_id] = cart.merge(other)
        self._merged[guest_cart_id] = cart_id
        self._forget(self.carts.pop(guest_cart_id))
        return self.carts[cart_id]

    async def close(self, cart_id: UUID, owner: Owner, order_id: UUID) -> None:
        """See `Carts.close`."""
        cart = self.carts.get(cart_id)
        if cart is None or cart.owner != owner:
            return
        if cart.order_id is None:
            self.carts[cart_id] = Cart(cart.id, owner, cart.quantities, cart.version, order_id)
        self._forget(cart)

    def _forget(self, cart: Cart) -> None:
        if self._current.get(cart.owner) == cart.id:
            del self._current[cart.owner]
