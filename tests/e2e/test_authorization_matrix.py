"""The matrix: every operation × every kind of caller, through the gateway and at the service.

What is expected follows from auth's table of rights and from what each route says of itself; the
pairs that must be refused, what is public and what has an owner were written by hand beside it
(`authorization_by_hand.py`). `tests/contract/test_rights_are_stated.py` sees to it that no route
of any process is without its row.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from chassis.application import create_app
from chassis.security import Caller as TokenHolder
from chassis.security import requires
from chassis.settings import ServiceSettings
from chassis.testing import TokenMint
from native import addresses
from native.authorization import Operation, applications, operations
from native.options import SERVICES
from native.ports import Ports
from native.record import Record
from tests.e2e.authorization_by_hand import CALLBACKS, FORBIDDEN, OPERATIONAL, PAGES
from tests.e2e.authorization_calls import (
    MACHINE_SCOPES,
    Caller,
    Request,
    Things,
    callers,
    machine,
    request_for,
    things_of,
    verdict,
)
from tests.e2e.shop import Shop

ALL = [found for name, app in applications().items() for found in operations(name, app)]
BY_NAME = {operation.name: operation for operation in ALL}


@dataclass(frozen=True)
class World:
    """Everybody who calls, and both ways to everything."""

    callers: Mapping[str, Caller]
    machines: Mapping[str, Caller]
    things: Things
    gateway: httpx.AsyncClient
    direct: Mapping[str, httpx.AsyncClient]

    def row(self, operation: Operation) -> list[Caller]:
        """All callers of an operation; the machine lacks the scope."""
        return [*self.callers.values(), self.machine_without(operation)]

    def machine_without(self, operation: Operation) -> Caller:
        """The machine with a scope that does not suffice, if there is such a thing."""
        lacking = [s for s in MACHINE_SCOPES if not operation.allows(frozenset({s}))]
        return self.machines[lacking[0] if lacking else MACHINE_SCOPES[0]]

    def ways(self, operation: Operation) -> list[httpx.AsyncClient]:
        return [self.gateway, self.direct[operation.service]]


@pytest.fixture(scope="module")
async def world(stack: Record, shop: Shop) -> AsyncIterator[World]:
    found = {caller.name: caller for caller in await callers(stack, shop)}
    owners = [
        Shop(shop.client, shop.mailbox_url, dict(found[name].headers))
        for name in ("owner", "support", "warehouse")
    ]
    machines = {scope: await machine(stack, shop, scope) for scope in MACHINE_SCOPES}
    ports = Ports(stack.port_base)
    direct = {
        service: httpx.AsyncClient(base_url=addresses.service(service, ports), timeout=20)
        for service in SERVICES
    }
    yield World(found, machines, await things_of(*owners), shop.client, direct)
    for client in direct.values():
        await client.aclose()


async def send(
    client: httpx.AsyncClient, method: str, request: Request, caller: Caller
) -> httpx.Response:
    return await client.request(
        method,
        request.path,
        json=request.body,
        headers={**request.headers, **caller.headers},
        timeout=20,
    )


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
async def test_everybody_gets_what_the_table_gives_them_and_no_more(
    world: World, operation: Operation
) -> None:
    wrong = []
    request = request_for(operation, world.things)
    for caller in world.row(operation):
        for client in world.ways(operation):
            answer = await send(client, operation.method, request, caller)
            wrong.append(verdict(operation, caller, answer))
    assert [found for found in wrong if found] == []


@pytest.mark.parametrize(("name", "forbidden"), FORBIDDEN)
async def test_what_was_forbidden_by_hand_is_refused(
    world: World, name: str, forbidden: str
) -> None:
    operation = BY_NAME[forbidden]
    caller = {
        "customer": world.callers["another customer"],
        "machine": world.machine_without(operation),
        **world.callers,
    }[name]
    request = request_for(operation, world.things)
    for client in world.ways(operation):
        answer = await send(client, operation.method, request, caller)
        assert answer.status_code == 403, answer.text
        assert answer.json()["type"] == "/problems/insufficient-scope"
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_a_page_asks_for_its_own_proof_and_takes_no_token_for_it(
    world: World, method: str, path: str
) -> None:
    form = {"name": "value"} if method == "POST" else None
    for client in (world.gateway, world.direct["auth"]):
        for caller in (world.callers["anonymous"], world.callers["admin"]):
            client.cookies.clear()
            answer = await client.request(method, path, headers=caller.headers, data=form)
            assert answer.status_code in PAGES[method, path], (caller.name, answer.text)


async def test_a_callback_asks_for_its_signature_and_takes_no_token_for_it(world: World) -> None:
    for service, found in CALLBACKS.items():
        for (method, _), (path, refused) in found.items():
            for client in (world.gateway, world.direct[service]):
                for caller in (world.callers["anonymous"], world.callers["admin"]):
                    answer = await client.request(method, path, headers=caller.headers, json={})
                    assert answer.status_code == refused, (caller.name, answer.text)


async def test_what_a_process_answers_on_its_own_port_is_not_forwarded(world: World) -> None:
    for _method, path in OPERATIONAL:
        own = (await world.gateway.get(path)).text
        for service in SERVICES:
            assert (await world.direct[service].get(path)).status_code == 200
            assert (await world.gateway.get(f"/{service}{path}")).status_code == 404
            assert f'service="{service}"' not in own


async def test_the_merged_document_has_every_operation_and_its_rights(world: World) -> None:
    merged = (await world.gateway.get("/openapi.json")).json()["paths"]
    found = {
        said["operationId"]: (method.upper(), path, said.get("security", []))
        for path, item in merged.items()
        for method, said in item.items()
        if isinstance(said, dict)
    }
    assert found.keys() == BY_NAME.keys()
    for name, (method, path, security) in found.items():
        operation = BY_NAME[name]
        assert (method, path) == (operation.method, operation.path)
        assert ({} in security) == operation.public
        assert {frozenset(way["souk"]) for way in security if "souk" in way} == set(
            operation.alternatives
        )


def fake(*, checked: bool, mint: TokenMint) -> FastAPI:
    """A service with one route that forgot its requirement, or did not."""
    router = APIRouter()

    async def refund(_caller: Annotated[TokenHolder, requires("payments:write")]) -> None: ...

    async def careless() -> None: ...

    router.add_api_route("/refunds", refund if checked else careless, methods=["POST"])
    return create_app(
        service="fake",
        settings=ServiceSettings(environment="test"),
        routers=[router],
        problems={},
        verifier=mint.verifier,
        checks={},
        container=None,
    )


@pytest.mark.parametrize("checked", [True, False])
async def test_a_route_that_drops_its_requirement_is_caught(checked: bool) -> None:
    operation = replace(BY_NAME["refund_payment"], path="/refunds")
    mint, wrong = TokenMint(), []
    customer: Any = mint.headers(scopes={"orders:read"})
    row = [Caller("anonymous"), Caller("customer", customer, frozenset({"orders:read"}))]
    transport = httpx.ASGITransport(fake(checked=checked, mint=mint))
    async with httpx.AsyncClient(transport=transport, base_url="http://souk") as client:
        for caller in row:
            answer = await send(client, "POST", Request("/refunds", {}, {}), caller)
            wrong.append(verdict(operation, caller, answer))
    assert [found is None for found in wrong] == [checked, checked]
