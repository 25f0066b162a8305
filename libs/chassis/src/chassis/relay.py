"""Publishes a service's outbox to Kafka, in order, at least once, and deletes what was taken.

One relay a database is active: it holds a session-level advisory lock on the very connection
with which it reads and deletes, so losing the connection loses the lock, and so does silence. It is
woken by NOTIFY, and by a slow poll in case a wake-up was lost. Called by the process of each SQL
service.
"""

import asyncio

import asyncpg

from chassis import failpoints
from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger
from chassis.metrics import outbox_oldest, outbox_waiting, refreshed_on_scrape
from chassis.plumbing import OUTBOX_CHANNEL
from chassis.producer import EventProducer, Outgoing

_LOCK = 7_700_418
_BATCH = 500
_POLL_SECONDS = 1.0
_READ = "SELECT id, topic, key, payload, traceparent FROM outbox ORDER BY id LIMIT $1"
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
# A deletion that a crash of the database forgets means a duplicate, which every inbox knows; so
# nothing here waits for the disk.
_SETTINGS = {"synchronous_commit": "off", "plan_cache_mode": "force_generic_plan"}
# A relay asks at least each second but while it publishes, for which the broker has ten. One whose
# host is gone, or that is held, would else keep its turn for hours, until TCP gives the link up.
SILENT_SECONDS = 30

_COUNT = "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox"

log = get_logger(__name__)


class Relay:
    """A component of the process. `name` is the service's, for logs and metrics."""

    def __init__(self, *, dsn: str, producer: EventProducer, name: str) -> None:
        self.name = f"{name}-relay"
        self._dsn = dsn
        self._producer = producer
        self._stopping = False
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Relays until stopped; whatever is away is waited for."""
        with refreshed_on_scrape(self._count_waiting):
            while not self._stopping:
                try:
                    await self._session()
                except Exception as error:
                    if not is_infrastructure(error):
                        raise
                    log.warning("relay_interrupted", relay=self.name, error=repr(error))
                    await asyncio.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """Lets the batch under way end, then ends."""
        self._stopping = True
        self._wake.set()

    async def _session(self) -> None:
        settings = {**_SETTINGS, "idle_session_timeout": f"{SILENT_SECONDS}s"}
        connection = await asyncpg.connect(
            self._dsn, timeout=5, command_timeout=30, server_settings=settings
        )
        try:
            await connection.add_listener(OUTBOX_CHANNEL, lambda *_: self._wake.set())
            await self._producer.start()
            while not self._stopping:
                self._wake.clear()
                if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                    await self._relay_while_leader(connection)
                else:
                    await self._wait()
        finally:
            await self._producer.stop()
            await connection.close(timeout=2)

    async def _relay_while_leader(self, connection: "asyncpg.Connection") -> None:
        while not self._stopping:
            self._wake.clear()
            if await self._relay_batch(connection) < _BATCH:
                await self._wait()

    async def _relay_batch(self, connection: "asyncpg.Connection") -> int:
        """Publishes and deletes up to _BATCH rows; returns how many there were."""
        rows = await connection.fetch(_READ, _BATCH)
        if rows:
            await failpoints.hit("relay.before_publish")
            await self._producer.send_all([_outgoing(row) for row in rows])
            await failpoints.hit("relay.after_publish")
            await connection.execute(_DELETE, [row["id"] for row in rows])
            await failpoints.hit("relay.after_delete")
        return len(rows)

    async def _count_waiting(self) -> None:
        """Counts over a connection of its own: it must be true above all when relaying fails."""
        connection = await asyncpg.connect(self._dsn, timeout=2, command_timeout=2)
        try:
            count, oldest = await connection.fetchrow(_COUNT)
            outbox_waiting.set(count)
            outbox_oldest.set(oldest)
        finally:
            await connection.close(timeout=1)

    async def _wait(self) -> None:
        """Sleeps until something is committed to the outbox, or for a poll's length."""
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return


def _outgoing(row: "asyncpg.Record") -> Outgoing:
    traceparent = row["traceparent"]
    headers = (("traceparent", traceparent.encode()),) if traceparent else ()
    return Outgoing(row["topic"], row["key"], row["payload"], headers)
