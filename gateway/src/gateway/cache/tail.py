"""Purges the cache by what happens in the catalogue, as soon as Kafka tells.

Every gateway process follows the new events by itself, without a consumer group and without an
inbox: a purge done twice does no harm, and one missed is made up for by purging everything when
the connection is there again (ADR 0018). Run by the process beside the API.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.envelope import Event, MalformedEvent
from chassis.logs import get_logger
from gateway.cache.cache import Cache
from gateway.cache.store import Key

TOPIC = "catalog.events"
POLL_MS = 500
RETRY_SECONDS = 2.0

_SERVICE = "catalog"
_ONE = (b"/v1/products/", b"/v2/products/")

log = get_logger(__name__)


class CatalogueTail:
    """A component of the process; see the module."""

    name = "catalogue-tail"

    def __init__(self, bootstrap: str, cache: Cache) -> None:
        self._bootstrap = bootstrap
        self._cache = cache
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Follow until stopped; a broker that is away is waited for."""
        while not self._stopped.is_set():
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, fetch_max_wait_ms=POLL_MS
            )
            try:
                await consumer.start()
                await self._follow(consumer)
            except (KafkaError, OSError) as error:
                log.warning("cache_purges_interrupted", error=repr(error)[:200])
                await self._pause()
            finally:
                await consumer.stop()

    async def stop(self) -> None:
        """End after the poll under way."""
        self._stopped.set()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        while not (partitions := await self._partitions()):
            await self._pause()
            if self._stopped.is_set():
                return
        # Subscribed, it would begin anew at the end whenever a broker that starts again knows no
        # topics for a moment; assigned, it goes on where it was.
        consumer.assign(partitions)
        await consumer.seek_to_end()
        for partition in partitions:
            await consumer.position(partition)
        # What happened before is not known, so nothing of it is trusted.
        self._cache.purge(_everything)
        while not self._stopped.is_set():
            polled = await consumer.getmany(timeout_ms=POLL_MS)
            values = [record.value for batch in polled.values() for record in batch]
            if values:
                self._cache.purge(concerned_by(values))

    async def _partitions(self) -> list[TopicPartition]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            await admin.start()
            (topic,) = await admin.describe_topics([TOPIC])
        finally:
            await admin.close()
        return [TopicPartition(TOPIC, each["partition"]) for each in topic["partitions"]]

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), RETRY_SECONDS)


def concerned_by(values: Iterable[bytes | None]) -> Callable[[Key], bool]:
    """Tells of a key whether one of these events concerns it.

    Each concerns every list; an event that does not name its product's page concerns every page.
    """
    slugs = {_slug(value) for value in values if value is not None}
    pages = tuple(prefix + slug for prefix in _ONE for slug in slugs if slug is not None)

    def concerned(key: Key) -> bool:
        service, _, path, _ = key
        if service != _SERVICE:
            return False
        return None in slugs or not path.startswith(_ONE) or path.startswith(pages)

    return concerned


def _slug(value: bytes) -> bytes | None:
    try:
        slug = Event.from_json(value).data.get("slug")
    except MalformedEvent:
        return None
    return slug.encode() if isinstance(slug, str) else None


def _everything(_key: Key) -> bool:
    return True
