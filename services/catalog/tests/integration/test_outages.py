"""What clients get while an engine is away: an honest 503, or an answer from what is left."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest_asyncio
from httpx import ASGITransport, AsyncClient

from catalog.adapters.mongo import Database
from catalog.bootstrap import READ_SECONDS, bootstrap
from catalog.settings import CatalogSettings
from chassis.testing import TokenMint
from native.chaos.links import Link, Weather
from native.testing import Engines

GATEWAY_WAITS_SECONDS = 9


@pytest_asyncio.fixture
async def stranded(mint: TokenMint) -> AsyncIterator[AsyncClient]:
    """The service with neither document server nor Redis within reach."""
    settings = CatalogSettings(
        environment="test",
        mongo_url="mongodb://127.0.0.1:1/",
        redis_url="redis://127.0.0.1:1/0",
        kafka_bootstrap="127.0.0.1:1",
    )
    catalog = bootstrap(settings, verifier=mint.verifier)
    transport = ASGITransport(catalog.app)
    async with AsyncClient(transport=transport, base_url="http://catalog") as client:
        yield client
    for database in catalog.databases:
        database.close()


async def test_a_read_that_needs_the_document_server_is_503(stranded: AsyncClient) -> None:
    answer = await stranded.get("/v1/products/red-mug")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["type"] == "/problems/service-unavailable"


async def test_what_needs_no_engine_is_answered(stranded: AsyncClient) -> None:
    assert (await stranded.get("/v1/categories")).status_code == 200
    assert (await stranded.get("/v1/products?sort=nonsense")).status_code == 422


async def test_readiness_names_what_is_missing(stranded: AsyncClient) -> None:
    answer = await stranded.get("/health/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["mongodb"])
    assert (await stranded.get("/health/live")).status_code == 200


async def test_a_read_whose_answer_got_lost_is_asked_again_while_somebody_waits(
    engines: Engines,
) -> None:
    server = urlsplit(engines.mongo_url)
    assert server.port is not None
    async with Link(server.port) as link:
        url = server._replace(netloc=f"127.0.0.1:{link.port}").geturl()
        database = Database(url, "lost_answers", patience=0.5)
        assert await database.collection("things").find({}) == []
        link.turn(Weather.CUT)
        asked = asyncio.create_task(database.collection("things").find({}))
        await asyncio.sleep(0.7)
        link.turn(Weather.CALM)
        assert await asyncio.wait_for(asked, 5) == []
        database.close()
    assert 2 * READ_SECONDS < GATEWAY_WAITS_SECONDS
