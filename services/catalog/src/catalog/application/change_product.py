"""A merchandiser changes what a product is called, says or offers. Called by PATCH.

Only the fields that are given change (RFC 7396), and only while the product is still as the
client saw it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from catalog.application.shop import Shop
from catalog.domain.content import Content
from catalog.domain.errors import ConcurrentChange, ProductNotFound, StaleProduct
from catalog.domain.events import Variant
from catalog.domain.product import Product


class Unchanged(Enum):
    """Stands for a field that the client did not give."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED

StillCurrent = Callable[[Product], bool]


@dataclass(frozen=True, slots=True)
class ChangeProduct:
    """`category` None gives the product back to the rules; `description` None removes it."""

    slug: str
    still_current: StillCurrent
    name: str | Unchanged = UNCHANGED
    description: str | Unchanged | None = UNCHANGED
    category: str | Unchanged | None = UNCHANGED
    variants: tuple[Variant, ...] | Unchanged = UNCHANGED


async def change_product(command: ChangeProduct, shop: Shop) -> Product:
    """Returns the changed product.

    Raises ProductNotFound, ProductGone, StaleProduct, SkuTaken, and what `Shop.content` raises.
    """
    product = await current_product(command.slug, command.still_current, shop)
    product.revise(_revised(product, command, shop))
    return await save_current(product, shop)


async def current_product(slug: str, still_current: StillCurrent, shop: Shop) -> Product:
    """Returns the product; raises ProductNotFound, or StaleProduct where it moved on."""
    product = await shop.products.by_slug(slug)
    if product is None:
        raise ProductNotFound(slug)
    if not still_current(product):
        raise StaleProduct(slug)
    return product


async def save_current(product: Product, shop: Shop) -> Product:
    """Stores the product and forgets its cached answers; raises StaleProduct, SkuTaken."""
    try:
        await shop.products.save(product)
    except ConcurrentChange:
        raise StaleProduct(product.slug) from None
    await shop.forget([product.slug])
    return product


def _revised(product: Product, command: ChangeProduct, shop: Shop) -> Content:
    old = product.content
    return shop.content(
        code=product.code,
        name=old.name if command.name is UNCHANGED else command.name,
        description=old.description if command.description is UNCHANGED else command.description,
        chosen_category=old.chosen_category if command.category is UNCHANGED else command.category,
        variants=old.variants if command.variants is UNCHANGED else command.variants,
    )
