"""Fakes of the ports, so that unit and API tests need no server.

The suite that runs over the real store runs over `MemoryStore` too, so the two agree. Nothing
in the service's process imports this.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from catalog.application.queries import (
    CatalogueReads,
    Position,
    ProductPage,
    ProductQuery,
    ProductView,
    Sort,
    sort_position,
    view_of,
)
from catalog.application.read_cache import Answer, CacheDown, Recollection
from catalog.domain.categories import CategoryTree
from catalog.domain.content import Content, code_of
from catalog.domain.errors import CodeTaken, ConcurrentChange, SkuTaken, SlugTaken
from catalog.domain.events import ProductEvent, Variant
from catalog.domain.money import Money
from catalog.domain.ports import (
    AlreadyCreated,
    AvailabilityNews,
    AvailabilityStore,
    CreationKey,
    Products,
)
from catalog.domain.product import Availability, Product
from catalog.domain.slugs import slug_candidates
from catalog.domain.words import SearchTerms, search_words
from chassis.ids import uuid7

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stores:
    """The ports over one and the same store, real or fake, for the suite that both must pass."""

    products: Products
    availability: AvailabilityStore
    reads: CatalogueReads


class MemoryStore:
    """Products, availability and views in one dictionary; `outbox` keeps the events written."""

    def __init__(self, tree: CategoryTree) -> None:
        self._tree = tree
        self._products: dict[str, Product] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._heard: dict[str, list[AvailabilityNews]] = {}
        self.outbox: list[ProductEvent] = []

    async def add(self, product: Product, key: CreationKey) -> None:
        """Stores a new product unless something of it is taken."""
        if (earlier := await self.created_under(key)) is not None:
            raise earlier
        self._check_unique(product)
        self._keys[key.name] = (key.fingerprint, str(product.id))
        self._write(product)

    async def created_under(self, key: CreationKey) -> AlreadyCreated | None:
        """Returns what the key made before."""
        if key.name not in self._keys:
            return None
        fingerprint, product_id = self._keys[key.name]
        return AlreadyCreated(self._read(self._products[product_id]), fingerprint)

    async def by_slug(self, slug: str) -> Product | None:
        """Returns a copy, so that a change that is not saved leaves no trace."""
        found = next((p for p in self._products.values() if p.slug == slug), None)
        return self._read(found) if found else None

    async def by_codes(self, codes: Collection[str]) -> list[Product]:
        """Returns copies of those that exist."""
        return [self._read(p) for p in self._products.values() if p.code in codes]

    async def taken_slugs(self, slugs: Collection[str]) -> set[str]:
        """Returns those that some product has."""
        return {p.slug for p in self._products.values()} & set(slugs)

    async def save(self, product: Product) -> None:
        """Writes under the condition that the stored version is the one that was read."""
        if not product.new_events:
            return
        stored = self._products.get(str(product.id))
        if stored is None or stored.version != product.stored_version:
            raise ConcurrentChange
        self._check_unique(product)
        self._write(product)

    async def save_all(self, new: Sequence[Product], changed: Sequence[Product]) -> None:
        """Writes what can be written, then says whether something could not."""
        failed = False
        for product in new:
            try:
                self._check_unique(product)
                self._write(product)
            except (CodeTaken, SkuTaken, SlugTaken):
                failed = True
        for product in changed:
            try:
                await self.save(product)
            except (ConcurrentChange, SkuTaken):
                failed = True
        if failed:
            raise ConcurrentChange

    async def record_availability(self, news: Sequence[AvailabilityNews]) -> set[str]:
        """Keeps each word about a SKU that is newer than the last."""
        slugs = set()
        for item in news:
            for product_id, product in self._products.items():
                if product.code == code_of(item.sku):
                    slugs.add(product.slug)
                    heard = self._heard.setdefault(product_id, [])
                    if all(word.sequence < item.sequence for word in heard if word.sku == item.sku):
                        heard.append(item)
        return slugs

    async def page(self, query: ProductQuery) -> ProductPage:
        """Filters, sorts and cuts, all in memory."""
        views = [view_of(self._read(p)) for p in self._products.values() if not p.withdrawn]
        views = [view for view in views if self._fits(view, query)]
        descending = query.sort in (Sort.NAME_DESCENDING, Sort.PRICE_DESCENDING, Sort.NEWEST)
        views.sort(key=lambda view: _rank(sort_position(view, query.sort)), reverse=descending)
        if query.after is not None:
            last = _rank(query.after)
            ranks = [(_rank(sort_position(view, query.sort)), view) for view in views]
            views = [v for rank, v in ranks if (rank < last if descending else rank > last)]
        items = tuple(views[: query.limit])
        more = len(views) > query.limit
        return ProductPage(items, sort_position(items[-1], query.sort) if more else None)

    async def view(self, slug: str) -> ProductView | None:
        """Returns one product's view."""
        product = await self.by_slug(slug)
        return view_of(product) if product else None

    async def slugs_of(self, ids: Collection[str]) -> set[str]:
        """Returns the slugs of the products with these ids."""
        return {self._products[i].slug for i in ids if i in self._products}

    def everything(self) -> list[Product]:
        """Returns all products as they are stored."""
        return list(self._products.values())

    def _check_unique(self, product: Product) -> None:
        for other in self._products.values():
            if other.id == product.id:
                continue
            if other.code == product.code:
                raise CodeTaken(product.code)
            if other.slug == product.slug:
                raise SlugTaken(product.slug)
            if set(other.content.skus) & set(product.content.skus):
                raise SkuTaken(list(product.content.skus))

    def _write(self, product: Product) -> None:
        self.outbox.extend(product.new_events)
        product.new_events.clear()
        self._products[str(product.id)] = deepcopy(product)

    def _read(self, product: Product) -> Product:
        heard = self._heard.get(str(product.id), [])
        last = {word.sku: word.in_stock for word in heard}
        in_stock = frozenset(sku for sku, is_in_stock in last.items() if is_in_stock)
        version = sum(word.sequence for word in heard)
        return replace(deepcopy(product), availability=Availability(in_stock, version))

    def _fits(self, view: ProductView, query: ProductQuery) -> bool:
        price = view.price_from.amount
        return (
            (query.category is None or query.category in self._tree.path_slugs(view.category))
            and (query.min_price is None or price >= query.min_price)
            and (query.max_price is None or price <= query.max_price)
            and (query.terms is None or _found_by(view, query.terms))
        )


def _rank(position: Position) -> tuple[str | int, str]:
    return (position.key if position.key is not None else 0, position.id)


def _found_by(view: ProductView, terms: SearchTerms) -> bool:
    texts = [view.name, view.description or "", view.code]
    texts += [text for variant in view.variants for text in (variant.sku, variant.name)]
    known = search_words(*texts)
    return set(terms.whole) <= set(known) and any(word.startswith(terms.begun) for word in known)


class MemoryCache:
    """A read cache in a dictionary; `down = True` makes it behave as one out of reach."""

    def __init__(self) -> None:
        self.down = False
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._epochs: dict[str, int] = {}

    async def recall(self, key: str, topic: str) -> Recollection:
        """Returns the answer while it is of the topic's epoch."""
        if self.down:
            return Recollection(None, None)
        epoch = str(self._epochs.get(topic, 0))
        made_in, answer = self._answers.get(key, ("", None))
        return Recollection(answer if made_in == epoch else None, epoch)

    async def keep(self, key: str, epoch: str, answer: Answer) -> None:
        """Keeps the answer under the epoch that was read before it was made."""
        if not self.down:
            self._answers[key] = (epoch, answer)

    async def forget(self, topics: Collection[str]) -> None:
        """Begins a new epoch for each topic."""
        if self.down:
            raise CacheDown("the cache is down")
        for topic in topics:
            self._epochs[topic] = self._epochs.get(topic, 0) + 1


def make_product(
    code: str = "85123",
    *,
    name: str = "WHITE HANGING HEART T-LIGHT HOLDER",
    slug: str | None = None,
    prices: Mapping[str, int] | None = None,
    category: str = "candle-holders",
) -> Product:
    """Returns a new product; `prices` in pence by SKU, one SKU at 2.95 unless given."""
    variants = tuple(
        Variant(sku, name, Money(pence, "GBP"))
        for sku, pence in (prices or {f"{code}A": 295}).items()
    )
    content = Content(name, None, category, None, variants)
    slug = slug or next(slug_candidates(name, code))
    return Product.create(id=uuid7(), code=code, slug=slug, content=content, now=CREATED)
