"""The process as supervision sees it: its tables, its start, its readiness and its end."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.testing_process import differences, running
from inventory.adapters.tables import metadata
from inventory.bootstrap import bootstrap
from inventory.settings import InventorySettings


async def test_the_migrations_make_the_tables_that_the_code_describes(engine: AsyncEngine) -> None:
    assert await differences(engine, metadata) == []


async def test_the_process_gets_ready_answers_and_ends_on_sigterm(dsn: str) -> None:
    async with running("inventory", SOUK_DATABASE_URL=dsn) as service:
        await service.ready()
        assert (await service.client.get("/v1/stock/85123A")).status_code == 401
        assert "get_stock" in (await service.client.get("/openapi.json")).text
        assert await service.end() == 0


async def test_the_purge_forgets_old_events_and_no_key_of_an_adjustment(
    dsn: str, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        key = "idempotency_keys VALUES ('s', 'k', 'f', 201, 'l'"
        for row in ("inbox VALUES ('c', gen_random_uuid()", key):
            await connection.execute(text(f"INSERT INTO {row}, now() - interval '9 years')"))
    settings = InventorySettings(environment="test", database_url=dsn, run=frozenset({"workers"}))
    [purge] = [c for c in bootstrap(settings).components if c.name == "inventory-purge"]
    working = asyncio.create_task(purge.run())
    count = "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM idempotency_keys)"
    async with asyncio.timeout(10), engine.connect() as connection:
        while (await connection.execute(text(count))).one() != (0, 1):
            await connection.rollback()
            await asyncio.sleep(0.02)
    await purge.stop()
    await working
