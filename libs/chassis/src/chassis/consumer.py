"""Takes events from Kafka in partition order and commits offsets only after the database.

Faults of the infrastructure hold the batch and retry it without end, with backoff; a message
that fails by itself five times goes to `<topic>.dlq` with the reason. Started by a service's
process, one for each consumer group.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from chassis import failpoints
from chassis.dead_letters import DeadLetters
from chassis.delivery import Delivery, Handler, Message, U
from chassis.infrastructure import is_infrastructure
from chassis.lag import Lag
from chassis.logs import get_logger
from chassis.metrics import dead_letters, events_consumed, refreshed_on_scrape
from chassis.offsets import Offsets
from chassis.reports import report_error

_ATTEMPTS = 5
_POLL_MS = 500
_FIRST_BACKOFF = 0.1
_LONGEST_BACKOFF = 5.0
# A held batch stops polling for as long as an engine is away; heartbeats go on beside it.
_MAX_POLL_INTERVAL_MS = 24 * 3600 * 1000

log = get_logger(__name__)


class Consumer(Generic[U]):
    """A component of the process: one member of the consumer group `group`."""

    def __init__(
        self,
        *,
        bootstrap: str,
        group: str,
        topics: Sequence[str],
        handlers: Mapping[str, Handler[U]],
        unit_of_work: Callable[[], U],
        batch_size: int = 200,
    ) -> None:
        self.name = group
        self._bootstrap = bootstrap
        self._topics = topics
        self._batch_size = batch_size
        self._delivery = Delivery(group, handlers, unit_of_work)
        self._dead_letters = DeadLetters(bootstrap, group)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Consumes until stopped; a broker that is away is waited for."""
        while not self._stopping.is_set():
            try:
                await self._session()
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                log.warning("consumer_interrupted", consumer=self.name, error=repr(error))
                await self._pause(1.0)
        await self._dead_letters.stop()

    async def stop(self) -> None:
        """Lets the batch under way end and its offsets be committed, then ends."""
        self._stopping.set()

    async def _session(self) -> None:
        """One membership in the group. What broke its connection may come up again at its end."""
        consumer = self._connect()
        lag = Lag(consumer, self.name)
        try:
            await consumer.start()
            with refreshed_on_scrape(lag.refresh):
                await self._consume(consumer)
        finally:
            lag.forget()
            await consumer.stop()

    def _connect(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=self._bootstrap,
            group_id=self.name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            # A rebalance waits at most this long for a member that holds a batch.
            rebalance_timeout_ms=10_000,
            fetch_max_wait_ms=_POLL_MS,
        )

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        offsets = Offsets(consumer, self.name)
        try:
            while not self._stopping.is_set():
                polled = await consumer.getmany(timeout_ms=_POLL_MS, max_records=self._batch_size)
                records = [record for batch in polled.values() for record in batch]
                if not records:
                    continue
                await failpoints.hit("consumer.after_fetch")
                if await self._until_done(lambda r=records: self._deliver(r)):  # type: ignore[misc]
                    offsets.handled(polled)
        finally:
            await offsets.close()

    async def _deliver(self, records: Sequence[ConsumerRecord]) -> None:
        messages = [_message(record) for record in records]
        try:
            count = await self._delivery.deliver(messages)
        except Exception as error:
            if is_infrastructure(error):
                raise
            for message in messages:
                await self._deliver_singly(message)
            return
        events_consumed.labels(self.name).inc(count)

    async def _deliver_singly(self, message: Message) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                count = await self._delivery.deliver([message])
            except Exception as error:
                if is_infrastructure(error):
                    raise
                log.warning(
                    "message_failed", consumer=self.name, attempt=attempt, error=repr(error)
                )
                if attempt == _ATTEMPTS:
                    log.error("message_given_up", consumer=self.name, exc_info=True)
                    report_error(error, problem="message-given-up", consumer=self.name)
                    await failpoints.hit("consumer.before_dead_letter")
                    await self._dead_letters.put(message, error)
                    await failpoints.hit("consumer.after_dead_letter")
                    dead_letters.labels(self.name, message.topic).inc()
                else:
                    await asyncio.sleep(0.02 * 2**attempt)
            else:
                events_consumed.labels(self.name).inc(count)
                return

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Repeats `work` while the infrastructure fails; False when stopped in between."""
        backoff = _FIRST_BACKOFF
        while not self._stopping.is_set():
            try:
                await work()
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                log.warning("batch_held", consumer=self.name, error=repr(error))
                await self._pause(backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
            else:
                return True
        return False

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _message(record: ConsumerRecord) -> Message:
    traceparent = next((value for name, value in record.headers if name == "traceparent"), None)
    return Message(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key or b"",
        value=record.value or b"",
        traceparent=traceparent.decode("ascii", "replace") if traceparent else None,
        sent_ms=record.timestamp,
    )
