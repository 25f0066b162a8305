"""Availability from inventory: which SKUs went out of stock and which came back.

Started by `bootstrap` as a consumer. The inbox is in the products' documents, as each SKU's last
sequence, so every event counts as new here and the store passes over the old ones.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from catalog.application.read_cache import ReadCache
from catalog.application.take_in_availability import take_in_availability
from catalog.consumers.batch import GatheringBatch
from catalog.domain.content import SKU_PATTERN
from catalog.domain.ports import AvailabilityNews, AvailabilityStore
from chassis.delivery import Handler
from chassis.envelope import Event

TOPIC = "inventory.events"


class AvailabilityChanged(BaseModel):
    """The fields of inventory.availability_changed.v1 that the catalogue uses.

    The SKU becomes a field's name in the document, so it must be one and nothing else.
    """

    sku: Annotated[str, Field(pattern=SKU_PATTERN)]
    in_stock: bool


class AvailabilityBatch(GatheringBatch):
    """Gathers a batch's news and stores them together."""

    def __init__(self, store: AvailabilityStore, cache: ReadCache) -> None:
        self._store = store
        self._cache = cache
        self.news: list[AvailabilityNews] = []

    async def commit(self) -> None:
        """Stores the news; raises CacheDown, after which the batch is taken in again."""
        await take_in_availability(self.news, self._store, self._cache)


async def on_availability_changed(event: Event, batch: AvailabilityBatch) -> None:
    """Adds one SKU's news to the batch; raises MalformedEvent."""
    data = event.parse(AvailabilityChanged)
    batch.news.append(AvailabilityNews(data.sku, data.in_stock, event.sequence))


def handlers() -> Mapping[str, Handler[AvailabilityBatch]]:
    """Handlers by event type."""
    return {"inventory.availability_changed.v1": on_availability_changed}
