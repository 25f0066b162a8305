"""Publishes the events that wait in products' documents, then pulls them out.

Started by the process. It is woken in-process by each write, and looks by itself every second
for what another process wrote. A product's events leave in order; after a crash between sending
and pulling they are sent again, which every inbox bears (docs/adr/0006).
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from catalog.adapters.lease import Lease
from catalog.adapters.mongo import Collection, Document, UpdateOne
from catalog.adapters.outbox import outgoing
from chassis import failpoints
from chassis.clock import utcnow
from chassis.metrics import outbox_oldest, outbox_waiting
from chassis.producer import Outgoing
from chassis.worker import Worker

POLL_SECONDS = 1.0
BATCH = 200
# A range and not {"$exists": true}, so that the sparse index serves it on every server.
_WAITING = {"outbox.at": {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}}


class Producer(Protocol):
    """What the relay needs of `chassis.producer.EventProducer`."""

    async def start(self) -> None:
        """Connects."""

    async def stop(self) -> None:
        """Disconnects."""

    async def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Returns once every message is acknowledged."""


class OutboxRelay:
    """A component of the process; `wake` is the event that the repository sets."""

    def __init__(
        self,
        products: Collection,
        lease: Lease,
        producer: Producer,
        wake: asyncio.Event,
        *,
        topic_prefix: str = "",
    ) -> None:
        self.name = "catalog-relay"
        self._products = products
        self._lease = lease
        self._producer = producer
        self._prefix = topic_prefix
        self._started = False
        self._worker = Worker(self.name, self.step, poll_seconds=POLL_SECONDS, wake=wake)

    async def run(self) -> None:
        """Relays until stopped; what is away is waited for."""
        async with self._lease.released_after():
            try:
                await self._worker.run()
            finally:
                await self._disconnect()

    async def stop(self) -> None:
        """Lets the batch under way end, then ends."""
        await self._worker.stop()

    async def step(self) -> bool:
        """Publishes one batch; True when there may be more."""
        if not await self._lease.acquire():
            _show([])
            return False
        documents = await self._products.find(
            _WAITING, fields=["outbox"], sort=[("outbox.at", 1)], limit=BATCH
        )
        _show(documents)
        if not documents:
            return False
        await failpoints.hit("relay.before_publish")
        await self._publish(documents)
        await failpoints.hit("relay.after_publish")
        await self._products.write_all([_pull(document) for document in documents])
        await failpoints.hit("relay.after_delete")
        if len(documents) < BATCH:
            _show([])
        return True

    async def _publish(self, documents: Sequence[Document]) -> None:
        messages = [
            outgoing(document["_id"], entry, self._prefix)
            for document in documents
            for entry in document["outbox"]
        ]
        try:
            if not self._started:
                await self._producer.start()
                self._started = True
            await self._producer.send_all(messages)
        except BaseException:
            await self._disconnect()
            raise

    async def _disconnect(self) -> None:
        """After any failure the next batch begins with a new connection."""
        if self._started:
            self._started = False
            await self._producer.stop()


def _show(documents: Sequence[Document]) -> None:
    """What waits in the batch that is to be published, which with a long queue is a part of it."""
    times = [entry["at"] for document in documents for entry in document["outbox"]]
    outbox_waiting.set(len(times))
    oldest = min(times, default=None)
    outbox_oldest.set((utcnow() - oldest.replace(tzinfo=UTC)).total_seconds() if oldest else 0)


def _pull(document: Document) -> UpdateOne:
    """Removes what was published, and not what was written meanwhile."""
    published = [entry["id"] for entry in document["outbox"]]
    change = {"$pull": {"outbox": {"id": {"$in": published}}}}
    return UpdateOne({"_id": document["_id"]}, change)
