"""Takes in a batch of products from a file. Called by POST /v1/product-batches.

A product is known by its code: a new one is created, a known one takes on the file's name,
variants and prices, and one that says the same again is left alone. So a batch may be sent any
number of times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from catalog.application.free_slugs import free_slugs
from catalog.application.shop import Shop
from catalog.domain.content import Content
from catalog.domain.errors import ConcurrentChange, InvalidProduct
from catalog.domain.events import Variant
from catalog.domain.product import Product
from chassis.clock import utcnow
from chassis.ids import uuid7

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class ImportedProduct:
    """One product as the file has it; `code` is what its SKUs begin with."""

    code: str
    name: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many products of the batch were created, changed and left alone."""

    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Plan:
    new: list[Product]
    changed: list[Product]
    # Whose product each code was when this was planned.
    known: dict[str, UUID]

    @property
    def slugs(self) -> list[str]:
        return [product.slug for product in (*self.new, *self.changed)]


async def import_products(batch: Sequence[ImportedProduct], shop: Shop) -> ImportResult:
    """Stores the batch; whatever is wrong with any product of it stops all of it.

    Raises InvalidProduct, InvalidPrice, CurrencyMismatch, or ConcurrentChange when others keep
    changing the same products; then some of the batch may be stored, and sending it again is
    safe.
    """
    if len({item.code for item in batch}) != len(batch):
        raise InvalidProduct("A batch has each product once.")
    for item in batch:
        _content(item, None, shop)
    created: dict[str, UUID] = {}
    changed: set[str] = set()
    for _attempt in range(_ATTEMPTS):
        plan = await _plan(batch, shop)
        # What another made first is not counted as ours.
        created = {code: id for code, id in created.items() if plan.known.get(code) == id}
        created |= {product.code: product.id for product in plan.new}
        changed |= {product.code for product in plan.changed} - created.keys()
        if await _stored(plan, shop):
            left_alone = len(batch) - len(created.keys() | changed)
            return ImportResult(len(created), len(changed), left_alone)
    raise ConcurrentChange


async def _stored(plan: _Plan, shop: Shop) -> bool:
    """Stores what is planned; False when another writer was quicker with some of it."""
    try:
        await shop.products.save_all(plan.new, plan.changed)
    except ConcurrentChange:
        return False
    finally:
        await shop.forget(plan.slugs)
    return True


async def _plan(batch: Sequence[ImportedProduct], shop: Shop) -> _Plan:
    known = {p.code: p for p in await shop.products.by_codes([item.code for item in batch])}
    for item in batch:
        if (product := known.get(item.code)) is not None:
            product.import_content(_content(item, product.content, shop))
    return _Plan(
        new=await _created([item for item in batch if item.code not in known], shop),
        changed=[product for product in known.values() if product.new_events],
        known={code: product.id for code, product in known.items()},
    )


async def _created(items: Sequence[ImportedProduct], shop: Shop) -> list[Product]:
    """Returns new products under slugs that nobody has and that differ among themselves."""
    slugs = await free_slugs({item.code: item.name for item in items}, shop.products)
    return [
        Product.create(
            id=uuid7(),
            code=item.code,
            slug=slugs[item.code],
            content=_content(item, None, shop),
            now=utcnow(),
        )
        for item in items
    ]


def _content(item: ImportedProduct, known: Content | None, shop: Shop) -> Content:
    """Returns what the product is after the import; what the file does not name stays."""
    return shop.content(
        code=item.code,
        name=item.name,
        description=known.description if known else None,
        chosen_category=known.chosen_category if known else None,
        variants=_merged(known.variants if known else (), item.variants),
    )


def _merged(known: tuple[Variant, ...], imported: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """Known variants keep their places and weights, taking on the file's names and prices; new
    ones follow.
    """
    given = {variant.sku.upper(): variant for variant in imported}
    kept = tuple(_updated(variant, given.get(variant.sku, variant)) for variant in known)
    known_skus = {variant.sku for variant in known}
    return kept + tuple(v for v in imported if v.sku.upper() not in known_skus)


def _updated(known: Variant, given: Variant) -> Variant:
    """A file that says no weight takes none away."""
    return replace(given, weight_grams=given.weight_grams or known.weight_grams)
