"""A fresh database of inventory's own for each test, and what the tests do with it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.idempotency import IdempotencyKey
from inventory.adapters.unit_of_work import InventoryUnitOfWork
from inventory.application.adjust_stock import AdjustStock, adjust_stock
from inventory.domain.adjustment import Adjustment, AdjustmentLine
from services.inventory.tests.fakes import NOON

Fill = Callable[..., Awaitable[None]]
Read = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
async def dsn(engines: Any) -> str:
    """A database migrated to the newest revision."""
    return str(await engines.database("inventory"))


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(dsn)
    yield engine
    await engine.dispose()


@pytest.fixture
def open_uow(engine: AsyncEngine) -> Callable[[], InventoryUnitOfWork]:
    return lambda: InventoryUnitOfWork(engine)


@pytest.fixture
def fill(open_uow: Callable[[], InventoryUnitOfWork]) -> Fill:
    """Opens SKUs and puts units on the shelf: `await fill({"10001": 10})`."""

    async def fill(units: dict[str, int]) -> None:
        async with open_uow() as uow:
            uow.stocks.open(units)
            await uow.commit()
        lines = tuple(AdjustmentLine(sku, count) for sku, count in units.items() if count)
        booked = Adjustment(uuid4(), "opening", "test", NOON, lines)
        command = AdjustStock(IdempotencyKey("test", str(booked.id), ""), booked)
        await adjust_stock(command, open_uow())

    return fill


@pytest.fixture
def read(engine: AsyncEngine) -> Read:
    """Runs a SELECT and returns its rows as tuples."""

    async def read(statement: str, **values: Any) -> list[Any]:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement), values)]

    return read
