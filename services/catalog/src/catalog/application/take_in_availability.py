"""Inventory says which SKUs are in stock; the catalogue shows it. Called by the consumer."""

from collections.abc import Sequence

from catalog.application.read_cache import ReadCache, forget_products
from catalog.domain.ports import AvailabilityNews, AvailabilityStore


async def take_in_availability(
    news: Sequence[AvailabilityNews], store: AvailabilityStore, cache: ReadCache
) -> None:
    """Records the news, then forgets the answers that it outdates; raises CacheDown.

    What was known already is forgotten too: perhaps the cache was down when it was recorded.
    """
    await forget_products(cache, await store.record_availability(news))
