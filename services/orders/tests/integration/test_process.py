"""The process as it is run: its tables; it starts, is ready, names what is missing, and ends."""

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.testing_process import differences, free_port, running
from orders.adapters.tables import metadata
from orders.settings import OrdersSettings


def environment(settings: OrdersSettings) -> dict[str, str]:
    return {"SOUK_DATABASE_URL": settings.dsn, "SOUK_REDIS_URL": settings.redis_url}


async def test_the_migrations_make_the_tables_that_the_code_describes(engine: AsyncEngine) -> None:
    assert await differences(engine, metadata) == []


async def test_the_process_serves_and_ends_on_sigterm(settings: OrdersSettings) -> None:
    async with running("orders", **environment(settings)) as service:
        await service.ready()
        title = (await service.client.get("/openapi.json")).json()["info"]["title"]
        assert title == "Souk orders"
        assert "orders_open_sagas" in (await service.client.get("/metrics")).text
        assert await service.end() == 0


async def test_a_process_without_its_carts_says_what_is_missing(settings: OrdersSettings) -> None:
    nobody = {"SOUK_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    async with running("orders", **environment(settings) | nobody) as service:
        assert (await service.answer("/health/live")).status_code == 200
        ready = await service.client.get("/health/ready")
        assert (ready.status_code, ready.json()["missing"]) == (503, ["redis"])
        cart = await service.client.get("/v1/carts/mine", headers={"Cart-Token": "k" * 43})
        assert cart.status_code == 503
        assert cart.headers["retry-after"]
