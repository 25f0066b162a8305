"""Messages that nobody can handle: bytes that are no envelope, and an envelope with broken data.

They have to land in the topic's dead letters, and nothing behind them may stop. `letters_missing`
looks for them at the end of a run.
"""

import asyncio
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from native import letters
from native.chaos.faults.persistence import persistently
from native.chaos.ground import Ground

# A topic, and a type in it that somebody handles.
HANDLED = {
    "catalog.events": "catalog.price_changed.v1",
    "inventory.commands": "inventory.reserve_stock.v1",
    "inventory.events": "inventory.stock_reserved.v1",
    "orders.events": "orders.order_confirmed.v1",
    "payments.commands": "payments.authorise_payment.v1",
    "payments.events": "payments.payment_authorised.v1",
}
# Who sent it, so that whoever reads the topics knows that no service did.
SOURCE = "/chaos"
HEADERS = [("x-chaos", b"poison")]


def mark_of(dice: int) -> str:
    """What a poison of these dice has in it, so that it is found again."""
    return str(uuid.UUID(int=random.Random(dice).getrandbits(128), version=4))  # noqa: S311


async def _send(bootstrap: str, topic: str, key: str, value: bytes) -> None:
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        await producer.start()
        await producer.send_and_wait(topic, value, key.encode(), headers=HEADERS)
    finally:
        await producer.stop()


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes that are no JSON at all."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Sends it."""
        mark = mark_of(self.dice)
        bootstrap, value = ground.record.kafka_bootstrap, f"\x00junk {mark} {{".encode()
        await persistently(lambda: _send(bootstrap, self.target, mark, value))

    async def heal(self, ground: Ground) -> None:
        """Nothing is to be undone: the message stays."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A good envelope of a type that is handled, around data that is not what the type says."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Sends it."""
        mark = mark_of(self.dice)
        document = {
            "specversion": "1.0",
            "id": mark,
            "source": SOURCE,
            "type": HANDLED[self.target],
            "subject": mark,
            "time": "2026-01-01T00:00:00Z",
            "datacontenttype": "application/json",
            "data": {"order": 7, "lines": "none"},
            "correlationid": mark,
            "sequence": 1,
        }
        bootstrap, value = ground.record.kafka_bootstrap, orjson.dumps(document)
        await persistently(lambda: _send(bootstrap, self.target, mark, value))

    async def heal(self, ground: Ground) -> None:
        """Nothing is to be undone: the message stays."""


async def letters_missing(ground: Ground, marks: Iterable[str], seconds: float) -> list[str]:
    """The marks of which no dead letter came within so many seconds."""
    wanted = set(marks)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        found = await letters.waiting(ground.record.kafka_bootstrap)
        missing = {mark for mark in wanted if not any(mark in letter.body for letter in found)}
        if not missing or loop.time() > deadline:
            return sorted(missing)
        await asyncio.sleep(0.5)
