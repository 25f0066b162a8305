"""What clients get while an engine is away: an honest 503, or an answer from what is left."""

from collections.abc import AsyncIterator

import pytest_asyncio
from httpx import ASGITransport, AsyncClient

from catalog.bootstrap import bootstrap
from catalog.settings import CatalogSettings
from chassis.testing import TokenMint


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
