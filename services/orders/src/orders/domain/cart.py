"""A cart: quantities by SKU, owned by one customer or guest, until it becomes an order.

It holds no prices: those are looked up whenever it is shown (pricing.py). The rules here are the
ones that every cart store must keep; its Lua scripts keep them inside Redis, atomically.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from orders.domain.errors import (
    CartFull,
    CartOrdered,
    QuantityTooLarge,
    RepeatedSku,
    TooManyCodes,
)
from orders.domain.owner import Owner
from orders.domain.promotions import MAX_CODES
from orders.domain.shipping import HOME, DeliveryMethod

MAX_LINES = 1_000
MAX_QUANTITY = 10_000
# Counted from the last change, for the cart and for the key that created it.
LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CartChange:
    """New quantities by SKU; 0 takes a line out. `replaces` takes out all other lines.

    Codes in `codes` are put in where True, and taken out where False. None leaves the delivery
    or the country as it is.
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    replaces: bool = False
    delivery: DeliveryMethod | None = None
    country: str | None = None
    codes: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def replacing(cls, lines: Iterable[tuple[str, int]]) -> "CartChange":
        """Makes these the only lines. Raises RepeatedSku when one SKU stands in two of them."""
        listed = list(lines)
        counts = Counter(sku for sku, _ in listed)
        if repeated := [sku for sku, count in counts.items() if count > 1]:
            raise RepeatedSku(repeated)
        return cls(dict(listed), replaces=True)


@dataclass(frozen=True, slots=True)
class Cart:
    """`version` counts the changes; `order_id` is set once the cart has been ordered.

    `country` is where the goods are to go, as far as the owner has said.
    """

    id: UUID
    owner: Owner
    quantities: Mapping[str, int]
    version: int = 0
    order_id: UUID | None = None
    delivery: DeliveryMethod = DeliveryMethod.FREE
    country: str = HOME
    codes: frozenset[str] = frozenset()

    def apply(self, change: CartChange) -> "Cart":
        """Returns the changed cart. Raises CartOrdered, CartFull or TooManyCodes."""
        kept = {} if change.replaces else self.quantities
        merged = {**kept, **change.quantities}
        codes = {**dict.fromkeys(self.codes, True), **change.codes}
        changed = self._with({sku: count for sku, count in merged.items() if count})
        return replace(
            changed,
            delivery=change.delivery or self.delivery,
            country=change.country or self.country,
            codes=_few(code for code, is_in in codes.items() if is_in),
        )

    def merge(self, other: "Cart") -> "Cart":
        """Adds another cart's lines. Raises CartOrdered, CartFull or QuantityTooLarge."""
        other.must_be_open()
        merged = dict(self.quantities)
        for sku, quantity in other.quantities.items():
            merged[sku] = merged.get(sku, 0) + quantity
            if merged[sku] > MAX_QUANTITY:
                raise QuantityTooLarge(sku, MAX_QUANTITY)
        return self._with(merged)

    def must_be_open(self) -> None:
        """Raises CartOrdered once the cart became an order."""
        if self.order_id is not None:
            raise CartOrdered(self.order_id)

    def _with(self, quantities: Mapping[str, int]) -> "Cart":
        self.must_be_open()
        if len(quantities) > MAX_LINES:
            raise CartFull(MAX_LINES)
        return replace(self, quantities=quantities, version=self.version + 1)


def _few(codes: Iterable[str]) -> frozenset[str]:
    kept = frozenset(codes)
    if len(kept) > MAX_CODES:
        raise TooManyCodes(MAX_CODES)
    return kept
