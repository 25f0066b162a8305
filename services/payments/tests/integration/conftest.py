"""Payments on a real PostgreSQL: a fresh database, the service's own parts, and a shop around."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.ids import uuid7
from chassis.process import Component
from chassis.worker import Wakeup
from native.testing import Engines
from payments.adapters.simulated_provider import Pace, SimulatedProvider
from payments.adapters.unit_of_work import PaymentsUnitOfWork
from payments.application.authorise_payment import AuthorisePayment, authorise_payment
from payments.bootstrap import provider_desks
from payments.domain.money import Money
from payments.domain.ports import PaymentProvider
from payments.settings import PaymentsSettings

PATIENCE_SECONDS = 30.0


@dataclass
class Shop:
    """One database of payments, and what a test does with it."""

    dsn: str
    engine: AsyncEngine
    provider_engine: AsyncEngine

    def unit_of_work(self) -> PaymentsUnitOfWork:
        return PaymentsUnitOfWork(self.engine)

    def provider(self, *, slow: float = 1.0, hung: float = 30.0) -> SimulatedProvider:
        return SimulatedProvider(self.provider_engine, Pace(slow, hung))

    async def authorise(self, token: str = "tok_visa", pence: int = 1000) -> UUID:
        order_id = uuid7()
        await self.tell(
            lambda uow: authorise_payment(
                AuthorisePayment(order_id, Money(pence, "GBP"), token), uow
            )
        )
        return order_id

    async def tell(self, command: Callable[[PaymentsUnitOfWork], Awaitable[None]]) -> None:
        async with self.unit_of_work() as uow:
            await command(uow)
            await uow.commit()

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(text(statement), values))

    async def replies(self, order_id: UUID) -> list[str]:
        """The names of the events in the outbox, which no relay empties here."""
        rows = await self.rows(
            "SELECT payload FROM outbox WHERE key = :key ORDER BY id", key=str(order_id)
        )
        return [orjson.loads(row.payload)["type"].split(".")[1] for row in rows]

    async def until(self, order_id: UUID, *replies: str) -> float:
        """Wait for exactly these replies; returns the seconds that it took."""
        started = time.perf_counter()
        while await self.replies(order_id) != list(replies):
            waited = time.perf_counter() - started
            assert waited < PATIENCE_SECONDS, await self.replies(order_id)
            await asyncio.sleep(0.005)
        return time.perf_counter() - started

    async def ledger_sum(self) -> int:
        (row,) = await self.rows("SELECT coalesce(sum(amount), 0) AS total FROM ledger_entries")
        return int(row.total)

    @asynccontextmanager
    async def desks(
        self, provider: PaymentProvider | None = None, **settings: Any
    ) -> AsyncIterator[None]:
        """The desks of one process, running."""
        chosen = PaymentsSettings(environment="test", database_url=self.dsn, **settings)
        wakeup = Wakeup(self.dsn)
        parts = provider_desks(chosen, wakeup, self.engine, provider or self.provider())
        async with running([wakeup, *parts]):
            yield


@asynccontextmanager
async def running(parts: Sequence[Component]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield
    finally:
        for part in parts:
            await part.stop()
        async with asyncio.timeout(timedelta(seconds=8).total_seconds()):
            await asyncio.gather(*tasks)


@pytest.fixture
async def shop(engines: Engines) -> AsyncIterator[Shop]:
    async with opened(engines) as shop:
        yield shop


@asynccontextmanager
async def opened(engines: Engines) -> AsyncIterator[Shop]:
    """A shop with a database of its own."""
    dsn = await engines.database("payments")
    made = [create_engine(dsn, pool_size=10), create_engine(dsn, pool_size=5)]
    yield Shop(dsn, *made)
    for engine in made:
        await engine.dispose()
