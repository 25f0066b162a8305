"""The console's routes without a stack: who gets what, and what is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from chassis.testing import TokenMint
from infra.native.tests.unit.console.made import ORDER, TRACE, export, placing
from native.console.bootstrap import bootstrap
from native.console.settings import ConsoleSettings
from native.console.store import SpanStore
from native.place import Place

MINT = TokenMint()
ADMIN = MINT.headers(scopes={"console:read"})


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings, store = ConsoleSettings(environment="test"), SpanStore(Path(":memory:"))
    place = Place(tmp_path, tmp_path)
    app = bootstrap(settings, place, verifier=MINT.verifier, store=store).app
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost"
    ) as asks:
        yield asks


async def test_what_a_service_sends_is_shown_to_the_admin(client: httpx.AsyncClient) -> None:
    sent = await client.post("/v1/traces", content=export(placing()))
    assert (sent.status_code, sent.content) == (200, b"")
    listed = (await client.get("/console/data/orders", headers=ADMIN)).json()["orders"]
    assert [(one["order"], one["spans"]) for one in listed] == [(ORDER, 3)]
    for what in (ORDER, ORDER.upper(), TRACE):
        answer = await client.get(f"/console/data/traces/{what}", headers=ADMIN)
        assert answer.headers["cache-control"] == "no-store"
        assert [row["service"] for row in answer.json()["rows"]] == [
            "gateway",
            "orders",
            "inventory",
        ]


@pytest.mark.parametrize("path", ["orders", f"traces/{ORDER}", "overview"])
async def test_without_the_right_nothing_is_shown(client: httpx.AsyncClient, path: str) -> None:
    where = f"/console/data/{path}"
    assert (await client.get(where)).status_code == 401
    others = MINT.headers(scopes={"orders:read_all", "audit:read"})
    assert (await client.get(where, headers=others)).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/console/data/traces/{ORDER}", 404),
        ("GET", "/console/data/traces/..%2f..%2fsecrets.json", 404),
        ("GET", "/console/data/traces/short", 422),
        ("GET", "/console/assets/..%2frights.py", 404),
        ("GET", "/console/assets/console.html", 404),
        ("POST", "/v1/traces", 400),
        ("POST", "/v1/anything", 404),
    ],
)
async def test_what_is_not_there_or_not_fit_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers=ADMIN, content=b"no protobuf")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
