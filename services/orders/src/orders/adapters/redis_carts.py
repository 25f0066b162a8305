"""Carts in Redis: one hash a cart, and one Lua script for each kind of change.

A script runs alone, so owner, state, limits, key and change are checked and done in one step and
in one round trip. Every key starts with `orders:`. The suite of the carts runs over this store
and over the one in memory.
"""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from chassis.idempotency import KeyReused
from orders.domain.cart import LIFETIME, MAX_LINES, MAX_QUANTITY, Cart, CartChange
from orders.domain.errors import (
    CartFull,
    CartNotFound,
    CartOrdered,
    QuantityTooLarge,
    TooManyCodes,
)
from orders.domain.owner import Owner
from orders.domain.ports import CreationKey
from orders.domain.promotions import MAX_CODES
from orders.domain.shipping import HOME, DeliveryMethod

_LIFETIME = int(LIFETIME.total_seconds())
_LINE, _CODE = "sku:", "code:"


class RedisCarts:
    """The port `Carts` on a Redis client that decodes its answers to text."""

    def __init__(self, redis: "Redis") -> None:
        self._redis: Any = redis
        self._create = self._script("create")
        self._change = self._script("change")
        self._merge = self._script("merge")
        self._close = self._script("close")

    async def create(self, cart_id: UUID, owner: Owner, key: CreationKey | None) -> UUID:
        """See `Carts.create`."""
        keys = [_cart(cart_id), _current(owner), _record(key)]
        arguments = [str(owner), str(cart_id), _LIFETIME, key.fingerprint if key else ""]
        answer, *details = await self._create(keys=keys, args=arguments)
        if answer == "reused" and key is not None:
            raise KeyReused(key.key)
        return UUID(details[0])

    async def get(self, cart_id: UUID, owner: Owner) -> Cart:
        """See `Carts.get`."""
        fields = await self._redis.hgetall(_cart(cart_id))
        if fields.get("owner") != str(owner) or "into" in fields:
            raise CartNotFound
        return _read(cart_id, owner, fields)

    async def current(self, owner: Owner) -> UUID:
        """See `Carts.current`."""
        found = await self._redis.get(_current(owner))
        if found is None:
            raise CartNotFound
        return UUID(found)

    async def change(
        self, cart_id: UUID, owner: Owner, change: CartChange, version: int | None = None
    ) -> Cart | None:
        """See `Carts.change`."""
        arguments = [str(owner), _LIFETIME, MAX_LINES, "" if version is None else version]
        arguments += [MAX_CODES, change.delivery or "", change.country or "", len(change.codes)]
        arguments += _flat({code: int(is_in) for code, is_in in change.codes.items()})
        arguments += [int(change.replaces), *_flat(change.quantities)]
        keys = [_cart(cart_id), _current(owner)]
        answer = await self._change(keys=keys, args=arguments)
        return None if answer[0] == "stale" else _changed(cart_id, owner, answer)

    async def merge(
        self,
        cart_id: UUID,
        owner: Owner,
        guest_cart_id: UUID,
        guest: Owner,
        version: int | None = None,
    ) -> Cart | None:
        """See `Carts.merge`."""
        keys = [_cart(cart_id), _cart(guest_cart_id), _current(owner), _current(guest)]
        arguments = [str(owner), str(guest), str(cart_id), _LIFETIME, MAX_LINES, MAX_QUANTITY]
        arguments += [str(guest_cart_id), "" if version is None else version]
        answer = await self._merge(keys=keys, args=arguments)
        return None if answer[0] == "stale" else _changed(cart_id, owner, answer)

    async def close(self, cart_id: UUID, owner: Owner, order_id: UUID) -> None:
        """See `Carts.close`."""
        arguments = [str(owner), str(cart_id), str(order_id), _LIFETIME]
        await self._close(keys=[_cart(cart_id), _current(owner)], args=arguments)

    async def answers(self) -> None:
        """Raises ConnectionError or TimeoutError while Redis is away."""
        await self._redis.ping()

    def _script(self, name: str) -> Any:
        source = files("orders.adapters").joinpath("lua", f"{name}.lua").read_text()
        return self._redis.register_script(source)


def _cart(cart_id: UUID) -> str:
    return f"orders:cart:{cart_id}"


def _current(owner: Owner) -> str:
    return f"orders:current:{owner}"


def _record(key: CreationKey | None) -> str:
    """A digest, since clients choose their keys and may choose long ones."""
    name = f"{key.scope}\0{key.key}" if key else ""
    return f"orders:key:{hashlib.sha256(name.encode()).hexdigest()}"


def _flat(quantities: Mapping[str, int]) -> list[str | int]:
    return [part for line in quantities.items() for part in line]


def _changed(cart_id: UUID, owner: Owner, answer: Sequence[Any]) -> Cart:
    """Reads what a script returned; its refusals become the domain's errors."""
    match answer:
        case ["ordered", order_id]:
            raise CartOrdered(UUID(order_id))
        case ["full"]:
            raise CartFull(MAX_LINES)
        case ["codes"]:
            raise TooManyCodes(MAX_CODES)
        case ["excess", sku]:
            raise QuantityTooLarge(sku, MAX_QUANTITY)
        case ["changed", flat]:
            return _read(cart_id, owner, dict(zip(flat[::2], flat[1::2], strict=True)))
    raise CartNotFound


def _read(cart_id: UUID, owner: Owner, fields: Mapping[str, str]) -> Cart:
    ordered = fields.get("order")
    return Cart(
        id=cart_id,
        owner=owner,
        quantities={sku: int(quantity) for sku, quantity in _named(_LINE, fields).items()},
        version=int(fields["version"]),
        order_id=UUID(ordered) if ordered else None,
        delivery=DeliveryMethod(fields.get("delivery", DeliveryMethod.FREE)),
        country=fields.get("country", HOME),
        codes=frozenset(_named(_CODE, fields)),
    )


def _named(prefix: str, fields: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in fields.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in found.items()}
