"""What the domain needs of the world, to be implemented by adapters/.

Two implementations of each exist: the real one, and one in memory that tests run against the
same suite, so that it is honest.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from orders.domain.cart import Cart, CartChange
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.pricing import Price
from orders.domain.promotions import Promotion


class NewOrders(Protocol):
    """Where orders come into being."""

    async def add(self, order: Order) -> None:
        """Stores a new order. CartOrdered, now or at the commit: its cart made one before."""


class Orders(Protocol):
    """The orders of one transaction; what is changed on them is stored when it commits."""

    async def get(self, order_id: UUID) -> Order:
        """Returns the order, locked until the transaction ends. Raises OrderNotFound."""

    async def overdue(self, now: datetime, limit: int) -> Sequence[Order]:
        """Returns and locks orders whose saga's deadline passed, if no one else holds them."""


class Promotions(Protocol):
    """The promotions, as the merchandiser makes and changes them."""

    async def add(self, promotion: Promotion, now: datetime) -> None:
        """Stores a new one. Raises CodeTaken or TooManyAutomatic."""

    async def get(self, promotion_id: UUID) -> Promotion:
        """Returns it, locked until the transaction ends. Raises PromotionNotFound."""

    async def save(self, promotion: Promotion, now: datetime) -> None:
        """Stores what was changed, as its next version. Raises TooManyAutomatic."""


class PromotionUses(Protocol):
    """The counts of the uses of promotions that are limited."""

    async def take(self, ids: Collection[UUID], customer_id: str | None) -> None:
        """Counts one use of each, until their order is rejected or cancelled.

        PromotionUsedUp, now or at the commit: then the transaction is over.
        """


class PriceBook(Protocol):
    """The read model of prices inside one transaction. An older sequence changes nothing."""

    def put_product(self, product_id: UUID, sequence: int, prices: Sequence[Price]) -> None:
        """Takes a product as it now is, whole: a SKU of it that is not listed is withdrawn."""

    def change_price(self, product_id: UUID, sku: str, sequence: int, price: Money) -> None:
        """Takes one SKU's new price."""


class CreationKey(Protocol):
    """A client's idempotency key for creating a cart."""

    @property
    def scope(self) -> str:
        """Whose key it is, and for which route."""

    @property
    def key(self) -> str:
        """What the client sent."""

    @property
    def fingerprint(self) -> str:
        """A digest of the request, to tell a retry from a reuse."""


class Carts(Protocol):
    """Where carts live. Each change is atomic; another owner's cart is CartNotFound."""

    async def create(self, cart_id: UUID, owner: Owner, key: CreationKey | None) -> UUID:
        """Makes an empty cart, or returns the id of the one that this key made before.

        It becomes its owner's current cart. Raises KeyReused for another request's key.
        """

    async def get(self, cart_id: UUID, owner: Owner) -> Cart:
        """Returns the cart, open or ordered. Raises CartNotFound."""

    async def current(self, owner: Owner) -> UUID:
        """Returns the id of the owner's latest cart. Raises CartNotFound once that is closed."""

    async def change(
        self, cart_id: UUID, owner: Owner, change: CartChange, version: int | None = None
    ) -> Cart | None:
        """Changes the cart; returns None, with nothing done, when `version` is no longer current.

        Raises CartNotFound, CartOrdered, CartFull or TooManyCodes.
        """

    async def merge(
        self,
        cart_id: UUID,
        owner: Owner,
        guest_cart_id: UUID,
        guest: Owner,
        version: int | None = None,
    ) -> Cart | None:
        """Moves a guest's lines into a cart; a repetition finds it done and changes nothing.

        Returns None, with nothing done, when `version` is no longer the cart's.
        Raises CartNotFound, CartOrdered, CartFull or QuantityTooLarge.
        """

    async def close(self, cart_id: UUID, owner: Owner, order_id: UUID) -> None:
        """Marks the cart as ordered, so that it changes no more; a missing one is no fault."""
