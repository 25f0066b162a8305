"""The process as supervision sees it: its tables, its start, its readiness and its end."""

from chassis.testing_process import differences, running
from payments.adapters.tables import metadata
from services.payments.tests.integration.conftest import Shop


async def test_the_migrations_make_the_tables_that_the_code_describes(shop: Shop) -> None:
    assert await differences(shop.engine, metadata) == []


async def test_the_process_gets_ready_answers_and_ends_on_sigterm(shop: Shop) -> None:
    async with running("payments", SOUK_DATABASE_URL=shop.dsn) as service:
        await service.ready()
        assert (await service.client.get("/v1/payments")).status_code == 401
        assert "list_payments" in (await service.client.get("/openapi.json")).text
        assert await service.end() == 0
