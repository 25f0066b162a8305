"""A small service with one route for each thing that the chassis promises."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Form, Query, Request, Response

from chassis.application import create_app
from chassis.http_idempotency import OptionalKey, RequiredKey
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import ProblemTable, ProblemType, problem_responses
from chassis.schemas import Money, StrictModel
from chassis.security import Caller, OptionalCaller, requires, requires_any
from chassis.settings import ServiceSettings
from chassis.testing import TokenMint


class ThingNotFound(Exception):
    """There is no such thing."""


class ThingStale(Exception):
    """The thing changed."""

    def __init__(self) -> None:
        super().__init__("It changed.")
        self.extras = {"thing": {"version": 2}, "status": "never this"}


class ThingTaken(ThingStale):
    """A subclass without a row of its own."""


PROBLEMS: ProblemTable = {
    ThingNotFound: ProblemType(404, "thing-not-found", "There is no such thing"),
    ThingStale: ProblemType(
        412, "thing-changed", "The thing changed", lambda error: {"ETag": f'"{len(error.extras)}"'}
    ),
}


class NewThing(StrictModel):
    name: str
    quantity: int
    price: Money


class Position(StrictModel):
    number: int


router = APIRouter(prefix="/v1", tags=["things"])


@router.get("/things", operation_id="list_things")
async def list_things(
    request: Request, response: Response, limit: Limit = 20, cursor: Cursor = None
) -> dict[str, Any]:
    start = decode_cursor(cursor, Position).number + 1 if cursor else 0
    page = page_of(list(range(start, 50))[: limit + 1], limit, lambda row: {"number": row})
    response.headers["Link"] = link_header(request, page.next_cursor)
    return {"items": page.items, "_links": page_links(request, page.next_cursor)}


@router.post("/things", status_code=201, operation_id="make_thing")
async def make_thing(
    thing: NewThing, caller: Annotated[Caller, requires("things:write")], key: RequiredKey
) -> dict[str, str]:
    scoped = key.scoped(caller.identity)
    return {"scope": scoped.scope, "key": scoped.key, "fingerprint": scoped.fingerprint}


@router.get("/audits", operation_id="list_audits")
async def list_audits(
    caller: Annotated[Caller, requires_any("audits:read", "audits:read_all")], limit: Limit = 20
) -> dict[str, str | int]:
    return {"caller": caller.identity, "limit": limit}


@router.patch("/things", operation_id="try_thing")
async def try_thing(thing: dict[str, Any], key: OptionalKey) -> dict[str, bool]:
    return {"keyed": key is not None}


@router.get(
    "/things/{thing_id}",
    operation_id="read_thing",
    responses=problem_responses(ThingNotFound, ThingStale, table=PROBLEMS),
)
async def read_thing(thing_id: UUID, caller: OptionalCaller) -> dict[str, str | None]:
    errors: dict[int, Exception] = {
        0: ThingNotFound("No thing 0."),
        1: ThingStale(),
        2: ThingTaken(),
        3: ConnectionRefusedError("database"),
        4: RuntimeError("ann@shop.example"),
    }
    if thing_id.int in errors:
        raise errors[thing_id.int]
    return {"caller": caller.identity if caller else None}


@router.get("/search", operation_id="search_things")
async def search(q: Annotated[str, Query(max_length=10)]) -> dict[str, str]:
    return {"q": q}


@router.post("/form", operation_id="post_form")
async def post_form(word: Annotated[str, Form()]) -> dict[str, str]:
    return {"word": word}


@pytest.fixture
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture
def missing() -> set[str]:
    """Names put in here fail their readiness check."""
    return set()


@pytest.fixture
def app(mint: TokenMint, missing: set[str]) -> FastAPI:
    def check(name: str) -> Callable[[], Any]:
        async def run() -> None:
            if name in missing:
                raise ConnectionRefusedError(name)

        return run

    return create_app(
        service="sample",
        settings=ServiceSettings(environment="test"),
        routers=[router],
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={"postgres": check("postgres"), "valkey": check("valkey")},
        container=None,
        title="Sample",
        description="A sample.",
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sample") as made:
        yield made
