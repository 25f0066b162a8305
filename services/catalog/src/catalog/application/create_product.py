"""A merchandiser puts a new product into the catalogue. Called by POST /v1/products.

The client's idempotency key is a unique field of the product's own document, so a repeated
request finds the product that it made, and two at once make one.
"""

from dataclasses import dataclass

from catalog.application.shop import Shop
from catalog.domain.content import Content
from catalog.domain.errors import SlugTaken
from catalog.domain.events import Variant
from catalog.domain.ports import AlreadyCreated, CreationKey
from catalog.domain.product import Product
from catalog.domain.slugs import slug_candidates
from chassis.clock import utcnow
from chassis.idempotency import IdempotencyKey, KeyReused
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class CreateProduct:
    """`category` None leaves it to the rules."""

    code: str
    name: str
    description: str | None
    category: str | None
    variants: tuple[Variant, ...]
    key: IdempotencyKey


async def create_product(command: CreateProduct, shop: Shop) -> Product:
    """Returns the product that this request made, now or the first time it came.

    Raises KeyReused for a key of another request, CodeTaken, SkuTaken, and what
    `Shop.content` raises.
    """
    key = CreationKey(f"{command.key.scope} {command.key.key}", command.key.fingerprint)
    if (earlier := await shop.products.created_under(key)) is not None:
        return _repeated(earlier, command.key)
    content = shop.content(
        code=command.code,
        name=command.name,
        description=command.description,
        chosen_category=command.category,
        variants=command.variants,
    )
    try:
        product = await _add(command.code, content, key, shop)
    except AlreadyCreated as twin:
        return _repeated(twin, command.key)
    await shop.forget([product.slug])
    return product


async def _add(code: str, content: Content, key: CreationKey, shop: Shop) -> Product:
    """Stores the product under the first slug that is free."""
    candidates = slug_candidates(content.name, code)
    while True:
        product = Product.create(
            id=uuid7(), code=code, slug=next(candidates), content=content, now=utcnow()
        )
        try:
            await shop.products.add(product, key)
        except SlugTaken:
            continue
        return product


def _repeated(earlier: AlreadyCreated, key: IdempotencyKey) -> Product:
    if earlier.fingerprint != key.fingerprint:
        raise KeyReused(key.key)
    return earlier.product
