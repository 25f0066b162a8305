"""What readers ask of the catalogue. Reads go straight to a view and skip the domain.

The API calls `CatalogueReads`; `adapters/queries.py` implements it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from catalog.domain.content import Content
from catalog.domain.money import Money
from catalog.domain.pictures import Picture
from catalog.domain.product import Product
from catalog.domain.words import SearchTerms


class Sort(StrEnum):
    """How a list is ordered; equal products stand in the order of their creation."""

    NAME = "name"
    NAME_DESCENDING = "-name"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a sorted list: the sort key of a product (None for NEWEST) and its id."""

    key: str | int | None
    id: str


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """Which products, in which order. Prices in minor units, both ends included.

    `category` stands for itself and all below it.
    """

    category: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    terms: SearchTerms | None = None
    sort: Sort = Sort.NEWEST
    after: Position | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class VariantView:
    """One SKU as customers see it."""

    sku: str
    name: str
    price: Money
    in_stock: bool
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product as customers see it; `price_from` is its cheapest variant's price."""

    id: str
    slug: str
    code: str
    name: str
    description: str | None
    category: str
    variants: tuple[VariantView, ...]
    withdrawn: bool
    version: int
    availability_version: int
    pictures: tuple[Picture, ...] = ()

    @property
    def price_from(self) -> Money:
        """The price of the cheapest variant."""
        return min(variant.price for variant in self.variants)


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Some products, and the position after which there are more, if there are."""

    items: tuple[ProductView, ...]
    next: Position | None


class CatalogueReads(Protocol):
    """The views."""

    async def page(self, query: ProductQuery) -> ProductPage:
        """Returns the products on offer that the query asks for."""

    async def view(self, slug: str) -> ProductView | None:
        """Returns one product, withdrawn or not."""

    async def slugs_of(self, ids: Collection[str]) -> set[str]:
        """Returns the slugs of the products with these ids."""


def view_of(product: Product) -> ProductView:
    """Returns the view of a product that a use case has just written."""
    return ProductView(
        id=str(product.id),
        slug=product.slug,
        code=product.code,
        name=product.content.name,
        description=product.content.description,
        category=product.content.category,
        variants=_variants(product.content, product.availability.in_stock),
        withdrawn=product.withdrawn,
        version=product.version,
        availability_version=product.availability.version,
        pictures=product.pictures,
    )


def _variants(content: Content, in_stock: frozenset[str]) -> tuple[VariantView, ...]:
    return tuple(
        VariantView(variant.sku, variant.name, variant.price, variant.sku in in_stock)
        for variant in content.variants
    )


def sort_position(product: ProductView, sort: Sort) -> Position:
    """Returns where a product stands in a list of this order."""
    if sort is Sort.NEWEST:
        return Position(None, product.id)
    if sort in (Sort.NAME, Sort.NAME_DESCENDING):
        return Position(product.name.casefold(), product.id)
    return Position(product.price_from.amount, product.id)
