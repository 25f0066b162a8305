"""Who answers for a change: the staff, machines and who acts for others, and nobody else."""

from typing import Annotated, Any

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI

from chassis import audit
from chassis.application import create_app
from chassis.context import current_conversation
from chassis.envelope import Event
from chassis.security import Caller, OptionalCaller, requires
from chassis.settings import ServiceSettings
from chassis.testing import FakeUnitOfWork, TokenMint

ADA = "01990000-0000-7000-8000-0000000000f1"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.fixture
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture
def app(uow: FakeUnitOfWork, mint: TokenMint) -> FastAPI:
    router = APIRouter()

    async def change() -> None:
        async with uow:
            await uow.commit()

    @router.post("/things/{thing}/colour", operation_id="paint_thing")
    async def paint(thing: str, caller: Annotated[Caller, requires("things:write")]) -> None:
        await change()

    @router.get("/things/{thing}/colour", operation_id="read_thing")
    async def read(thing: str, caller: Annotated[Caller, requires("things:write")]) -> None:
        await change()

    @router.post("/things", operation_id="make_thing")
    async def make(caller: OptionalCaller) -> None:
        audit.about("new-thing")
        await change()

    @router.patch("/me", operation_id="change_me")
    async def change_me(caller: Annotated[Caller, requires("things:write")]) -> None:
        await change()

    return create_app(
        service="sample",
        settings=ServiceSettings(environment="test"),
        routers=[router],
        problems={},
        verifier=mint.verifier,
        checks={},
        container=None,
    )


@pytest.fixture
def ask(app: FastAPI, mint: TokenMint) -> Any:
    async def send(method: str, path: str, **claims: Any) -> int:
        headers = mint.headers(scopes={"things:write"}, **claims) if claims else {}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://souk") as client:
            sent = {**headers, "X-Request-Id": "r-1"}
            return (await client.request(method, path, headers=sent)).status_code

    return send


def only(uow: FakeUnitOfWork) -> Event:
    ((topic, event),) = uow.published
    assert topic == "audit.events"
    return event


async def test_a_change_with_a_staff_role_is_told_of(ask: Any, uow: FakeUnitOfWork) -> None:
    assert await ask("POST", "/things/t1/colour", subject=ADA, roles=["support"]) == 200
    event = only(uow)
    assert (event.type, event.subject, event.sequence) == ("audit.change_made.v1", "t1", 0)
    assert event.source == "/services/sample"
    assert event.data == {
        "service": "sample",
        "operation": "paint_thing",
        "actor": ADA,
        "on_behalf_of": None,
        "client_id": "test",
        "roles": ["support"],
        "target": "t1",
        "method": "POST",
        "path": "/things/t1/colour",
        "outcome": None,
        "request_id": "r-1",
    }


async def test_a_machine_answers_for_what_it_changes(ask: Any, uow: FakeUnitOfWork) -> None:
    await ask("POST", "/things/t1/colour", subject="robot", client_id="robot")
    assert only(uow).data["actor"] == "robot"


async def test_who_acts_for_somebody_is_named_beside_them(ask: Any, uow: FakeUnitOfWork) -> None:
    await ask("POST", "/things/t1/colour", subject=ADA, roles=["customer"], act={"sub": "robot"})
    data = only(uow).data
    assert (data["actor"], data["on_behalf_of"]) == ("robot", ADA)


async def test_who_acts_for_themselves_alone_is_not_told_of(ask: Any, uow: FakeUnitOfWork) -> None:
    await ask("POST", "/things/t1/colour", subject=ADA, roles=["customer"])
    await ask("POST", "/things")
    assert uow.commits == 2
    assert uow.published == []


async def test_a_safe_request_changes_nothing(ask: Any, uow: FakeUnitOfWork) -> None:
    await ask("GET", "/things/t1/colour", subject=ADA, roles=["admin"])
    assert uow.published == []


async def test_a_new_thing_is_named_by_who_makes_it(ask: Any, uow: FakeUnitOfWork) -> None:
    await ask("POST", "/things", subject=ADA, roles=["admin"])
    assert only(uow).data["target"] == "new-thing"


async def test_without_another_target_it_is_the_account_itself(
    ask: Any, uow: FakeUnitOfWork
) -> None:
    await ask("PATCH", "/me", subject=ADA, roles=["warehouse"])
    assert only(uow).data["target"] == ADA


async def test_who_was_refused_is_in_the_log_and_not_in_the_trail(
    app: FastAPI, mint: TokenMint, uow: FakeUnitOfWork
) -> None:
    headers = mint.headers(subject=ADA, roles=["support"])
    transport = httpx.ASGITransport(app=app)
    with structlog.testing.capture_logs() as lines:
        async with httpx.AsyncClient(transport=transport, base_url="http://souk") as client:
            answer = await client.post("/things/t1/colour", headers=headers)
    assert answer.status_code == 403
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["status"], line["actor"]) == (403, ADA)
    assert uow.published == []


async def test_nobody_answers_for_what_comes_after_the_request(
    ask: Any, uow: FakeUnitOfWork
) -> None:
    await ask("POST", "/things/t1/colour", subject=ADA, roles=["admin"])
    await ask("POST", "/things/t1/colour", subject=ADA, roles=["customer"])
    assert current_conversation().deed is None
    assert audit.change_made() is None
    only(uow)


async def test_naming_a_target_is_nothing_where_nobody_answers(
    ask: Any, uow: FakeUnitOfWork
) -> None:
    audit.about("a thing of the night")
    assert audit.change_made() is None
