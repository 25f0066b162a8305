"""What every use case works with: the products, the categories, the shop's currency, the cache.

`bootstrap` makes one for the process; tests make one of fakes.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from catalog.application.read_cache import CacheDown, ReadCache, forget_products
from catalog.domain.content import Content, checked_content, tidy_name
from catalog.domain.events import Variant
from catalog.domain.placement import Taxonomy
from catalog.domain.ports import Products


@dataclass(frozen=True, slots=True)
class Shop:
    """`currency` is the ISO 4217 code of every price."""

    products: Products
    taxonomy: Taxonomy
    currency: str
    cache: ReadCache

    def content(
        self,
        *,
        code: str,
        name: str,
        description: str | None,
        chosen_category: str | None,
        variants: tuple[Variant, ...],
    ) -> Content:
        """Returns checked content, its category chosen or found by the rules.

        Raises UnknownCategory, InvalidProduct, InvalidPrice or CurrencyMismatch.
        """
        category = chosen_category or self.taxonomy.placement.category_of(tidy_name(name))
        self.taxonomy.tree.path_slugs(category)
        content = Content(name, description, category, chosen_category, variants)
        return checked_content(content, code=code, currency=self.currency)

    async def forget(self, slugs: Collection[str]) -> None:
        """Forgets cached answers at once, so that the writer reads its own write.

        A cache that is down does not undo the write: the consumer of our own events forgets
        them again, and tries until it succeeds.
        """
        with suppress(CacheDown):
            await forget_products(self.cache, slugs)
