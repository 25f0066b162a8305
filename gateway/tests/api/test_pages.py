"""The gateway's own pages, asked through ASGI without a server; services are away or fake."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from chassis.testing import TokenMint
from gateway.bootstrap import build
from gateway.edge.problems import EDGE_PROBLEMS
from gateway.settings import GatewaySettings
from gateway.testing import Conversation, FakeService

FONTS = ("http://", "https://", "//cdn")


@pytest.fixture
async def client(service: FakeService) -> AsyncIterator[httpx.AsyncClient]:
    settings = GatewaySettings(
        environment="test", rate_limiting=False, upstreams={"orders": [service.url]}
    )
    gateway = build(settings, verifier=TokenMint().verifier, registry=CollectorRegistry())
    async with gateway.pages.router.lifespan_context(gateway.pages):
        transport = httpx.ASGITransport(gateway.edge)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as asks:
            yield asks


def serves(service: FakeService, document: bytes) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.request()
            await conversation.answer(document)

    service.script = script


DOCUMENT = (
    b'{"openapi":"3.1.0","info":{"title":"o","version":"1"},"components":{},"paths":{"/v1/orders":'
    b'{"get":{"operationId":"list_orders","tags":["orders"],"responses":{"409":{"example":'
    b'{"type":"/problems/odd-order","title":"Odd <order>","status":409}}}}}}}'
)

OPERATION = b'{"operationId":"list_orders","tags":["payments"],"responses":{}}'


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/oauth2-redirect", "/problems/bad-gateway"])
async def test_pages_need_nothing_from_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert not any(mark in answer.text for mark in FONTS)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src 'self'" in policy or "<script" not in answer.text
    assert "onclick" not in answer.text
    assert "<style" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/docs/vendor/swagger-ui-bundle.js",
        "/docs/vendor/swagger-ui.css",
        "/docs/vendor/favicon.png",
        "/docs/assets/docs.js",
        "/docs/assets/memory.js",
        "/docs/assets/tokens.js",
        "/docs/assets/oauth2-redirect.js",
        "/docs/assets/docs.css",
        "/docs/assets/page.css",
    ],
)
async def test_the_files_of_the_pages_are_here(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/health/live", "/problems/x", "/v1/nothing", "/docs/x"]
)
async def test_security_fields_and_an_id_stand_on_every_answer(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "content-security-policy" in headers
    assert headers["x-request-id"]


async def test_the_document_is_merged_cached_and_has_a_validator(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    serves(service, DOCUMENT)
    first = await client.get("/openapi.json")
    document: dict[str, Any] = first.json()
    assert list(document["paths"]) == ["/v1/orders"]
    assert document["servers"] == [{"url": "http://localhost:8080"}]
    again = await client.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert service.connections == 1


@pytest.mark.parametrize("raw", [b"no json", b"[]", b"{}"])
async def test_a_service_without_a_document_is_named(
    client: httpx.AsyncClient, service: FakeService, raw: bytes
) -> None:
    serves(service, raw)
    document = (await client.get("/openapi.json")).json()
    assert "**orders**" in document["info"]["description"]
    assert document["paths"] == {}


async def test_of_two_services_with_one_name_the_first_is_shown(service: FakeService) -> None:
    document = DOCUMENT.replace(
        b'"paths":{', b'"paths":{"/v1/payments":{"get":' + OPERATION + b"},"
    )
    serves(service, document)
    settings = GatewaySettings(
        environment="test",
        rate_limiting=False,
        upstreams={"orders": [service.url], "payments": [service.url]},
    )
    gateway = build(settings, verifier=TokenMint().verifier, registry=CollectorRegistry())
    async with gateway.pages.router.lifespan_context(gateway.pages):
        transport = httpx.ASGITransport(gateway.edge)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as asks:
            shown = (await asks.get("/openapi.json")).json()
    assert list(shown["paths"]) == ["/v1/orders"]
    assert "**payments**" in shown["info"]["description"]


async def test_a_foreign_host_is_not_believed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json", headers={"host": "evil.example"})
    assert "evil" not in answer.text


@pytest.mark.parametrize("slug", [kind.slug for kind in EDGE_PROBLEMS])
async def test_each_problem_of_the_edge_has_its_page(client: httpx.AsyncClient, slug: str) -> None:
    answer = await client.get(f"/problems/{slug}")
    assert answer.status_code == 200
    assert slug in answer.text


async def test_a_problem_of_a_service_has_a_page_too(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    serves(service, DOCUMENT)
    answer = await client.get("/problems/odd-order")
    assert answer.status_code == 200
    assert "Odd &lt;order&gt;" in answer.text
    assert "GET /v1/orders" in answer.text


async def test_an_unknown_problem_is_404_and_harmless(client: httpx.AsyncClient) -> None:
    answer = await client.get("/problems/<script>alert(1)")
    assert answer.status_code == 404
    assert "<script>" not in answer.text


async def test_metrics_are_for_this_machine(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    serves(service, b"{}")
    await client.get("/v1/orders")
    assert "http_requests_total" in (await client.get("/metrics")).text
    transport: Any = client._transport
    transport.client = ("10.0.0.9", 1)
    assert (await client.get("/metrics")).status_code == 404


async def test_ready_names_what_is_missing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["redis"])


async def test_the_forwarder_needs_no_particular_server(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    answer = await client.put("/v1/carts/x/items", content=b"{}")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert service.bodies == [b"{}"]
