"""The relay that stands by: it waits for its turn and is not busy with waiting."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chassis import relay
from chassis.producer import EventProducer


class Standby:
    """A connection whose database has another leader; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.notify: Callable[..., None] = print

    async def add_listener(self, _channel: str, callback: Callable[..., None]) -> None:
        self.notify = callback

    async def fetchval(self, _statement: str, _lock: int) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        return False

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109
        """Nothing is open."""


class Silent(EventProducer):
    async def start(self) -> None:
        """Connects to nothing."""


async def test_a_relay_that_stands_by_asks_once_for_each_notification(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = Standby()

    class Driver:
        @staticmethod
        async def connect(*_: Any, **__: Any) -> Standby:
            return connection

    monkeypatch.setattr(relay, "asyncpg", Driver)
    standing_by = relay.Relay(dsn="", producer=Silent(""), name="test")
    running = asyncio.create_task(standing_by.run())
    await asyncio.sleep(0.01)
    connection.notify(None, 0, "outbox", "")
    await asyncio.sleep(0.05)
    await standing_by.stop()
    await running
    assert 2 <= connection.asked <= 3
