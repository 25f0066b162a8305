"""The catalogue's own events, heard again to forget cached answers that they outdate.

A write forgets them at once as well; but Redis may be away at that moment, or the writer may die
before it comes to it. This consumer tries until it succeeds. Started by `bootstrap`.
"""

from collections.abc import Mapping

from catalog.application.queries import CatalogueReads
from catalog.application.read_cache import ReadCache, forget_products
from catalog.consumers.batch import GatheringBatch
from chassis.delivery import Handler
from chassis.envelope import Event

TOPIC = "catalog.events"


class ForgettingBatch(GatheringBatch):
    """Gathers the products of a batch and forgets the answers about all of them."""

    def __init__(self, reads: CatalogueReads, cache: ReadCache) -> None:
        self._reads = reads
        self._cache = cache
        self.product_ids: set[str] = set()

    async def commit(self) -> None:
        """Forgets; raises CacheDown."""
        await forget_products(self._cache, await self._reads.slugs_of(self.product_ids))


async def on_product_event(event: Event, batch: ForgettingBatch) -> None:
    """Notes the product that the event is about."""
    batch.product_ids.add(event.subject)


def handlers() -> Mapping[str, Handler[ForgettingBatch]]:
    """Handlers by event type."""
    kinds = ("product_created", "product_changed", "price_changed", "product_withdrawn")
    return {f"catalog.{kind}.v1": on_product_event for kind in kinds}
