"""What happened to a product, in the past tense; `sequence` is the product's version.

`product` records them, and `adapters/event_mapping.py` turns them into the messages that
`contracts/events/catalog/` describes.
"""

from dataclasses import dataclass
from uuid import UUID

from catalog.domain.money import Money
from catalog.domain.pictures import Picture


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be bought: its SKU, name, price, and weight if that is known."""

    sku: str
    name: str
    price: Money
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class ProductState:
    """A product as others may know it, at the moment of an event."""

    product_id: UUID
    slug: str
    code: str
    name: str
    category: str
    variants: tuple[Variant, ...]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductCreated:
    """A product entered the catalogue."""

    sequence: int
    product: ProductState


@dataclass(frozen=True, slots=True)
class ProductChanged:
    """Something that it says of itself changed, or a withdrawn product came back."""

    sequence: int
    product: ProductState


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """One variant's price moved."""

    sequence: int
    product_id: UUID
    sku: str
    old_price: Money
    new_price: Money


@dataclass(frozen=True, slots=True)
class ProductWithdrawn:
    """The product is not offered any more."""

    sequence: int
    product_id: UUID
    slug: str
    skus: tuple[str, ...]


ProductEvent = ProductCreated | ProductChanged | PriceChanged | ProductWithdrawn
