"""The process as supervision sees it: its tables, its start, its readiness and its end."""

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.testing_process import differences, running
from inventory.adapters.tables import metadata


async def test_the_migrations_make_the_tables_that_the_code_describes(engine: AsyncEngine) -> None:
    assert await differences(engine, metadata) == []


async def test_the_process_gets_ready_answers_and_ends_on_sigterm(dsn: str) -> None:
    async with running("inventory", SOUK_DATABASE_URL=dsn) as service:
        await service.ready()
        assert (await service.client.get("/v1/stock/85123A")).status_code == 401
        assert "get_stock" in (await service.client.get("/openapi.json")).text
        assert await service.end() == 0
