"""What the running shop writes down while a test looks: logs, spans and Kafka's messages.

`test_canary.py` sends secrets into the shop, and looks for them here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from native.topics import names
from tests.e2e.otlp_receiver import Collector


class ListeningPost:
    """Everything that was written since `opened`."""

    def __init__(self, stack: Any, spans: Collector, kafka: AIOKafkaConsumer) -> None:
        self._logs = Path(stack.home) / "logs"
        self._sizes = {path: path.stat().st_size for path in self._logs.iterdir()}
        self._spans = spans
        self._kafka = kafka

    def logs(self) -> dict[str, bytes]:
        """The new part of each process's log, by its file's name."""
        return {path.name: self._new(path) for path in self._logs.iterdir()}

    def spans(self) -> bytes:
        """Every span that was received, as it came over the wire."""
        return b"\n".join(span.raw for span in self._spans.everything())

    async def events(self) -> bytes:
        """Keys, headers and values of all new messages of all topics."""
        ends = await self._kafka.end_offsets(list(self._kafka.assignment()))
        found: list[bytes] = []
        for partition, end in ends.items():
            while await self._kafka.position(partition) < end:
                for messages in (await self._kafka.getmany(partition, timeout_ms=500)).values():
                    for message in messages:
                        found += [message.key or b"", message.value or b""]
                        found += [value for _, value in message.headers]
        return b"\n".join(found)

    def _new(self, path: Path) -> bytes:
        with path.open("rb") as log:
            log.seek(self._sizes.get(path, 0))
            return log.read()


@asynccontextmanager
async def opened(stack: Any, spans: Collector) -> AsyncIterator[ListeningPost]:
    """A post that hears what is written from now on."""
    kafka = AIOKafkaConsumer(
        *names(), bootstrap_servers=stack.kafka_bootstrap, enable_auto_commit=False
    )
    await kafka.start()
    try:
        await kafka.seek_to_end()
        # The positions are asked for now, and not when the first message is read.
        await asyncio.gather(*map(kafka.position, kafka.assignment()))
        yield ListeningPost(stack, spans, kafka)
    finally:
        await kafka.stop()
