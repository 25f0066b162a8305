"""Client registration, for the admin: which programs may ask for tokens, and how."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from auth.api.client_problems import CLIENT_PROBLEMS
from auth.api.client_schemas import (
    CLIENT_ID,
    ClientCursor,
    ClientPage,
    ClientPatch,
    ClientRegistration,
    RegisteredClient,
)
from auth.api.dependencies import IfMatch, Injected
from auth.application.manage_clients import (
    PATH,
    change_client,
    client_etag,
    read_client,
    register_client,
    remove_client,
)
from auth.domain.client_errors import ClientBuiltIn, ClientChanged, ClientNotFound
from chassis.http_idempotency import OptionalKey
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from chassis.security import Caller, requires

router = APIRouter(tags=["clients"])
Admin = Annotated[Caller, requires("clients:write")]
ClientId = Annotated[str, Path(max_length=255, examples=[CLIENT_ID])]
_MISSING = problem_responses(ClientNotFound, table=CLIENT_PROBLEMS)
_KEPT = problem_responses(ClientNotFound, ClientBuiltIn, ClientChanged, table=CLIENT_PROBLEMS)


@router.post(PATH, status_code=201, operation_id="register_client", summary="Register a client")
async def register(
    body: ClientRegistration,
    response: Response,
    container: Injected,
    caller: Admin,
    key: OptionalKey,
) -> RegisteredClient:
    """A confidential client's secret is in this answer and nowhere else afterwards."""
    scoped = key.scoped(caller.identity) if key else None
    made = await register_client(body.wanted(), container.new_uow(), container.clock(), scoped)
    response.headers["Location"] = f"{PATH}/{made.client.id}"
    response.headers["ETag"] = client_etag(made.client)
    response.headers["Cache-Control"] = "no-store"
    return RegisteredClient.of(made.client, made.secret)


@router.get(PATH, operation_id="list_clients", summary="List the clients")
async def list_all(
    request: Request,
    response: Response,
    container: Injected,
    _caller: Admin,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> ClientPage:
    """Every registration, those of the configuration too, by id."""
    after = decode_cursor(cursor, ClientCursor).id if cursor else ""
    async with container.new_uow() as uow:
        rows = await uow.clients.page(after, limit + 1)
    page = page_of(rows, limit, lambda client: {"id": client.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return ClientPage(items=[RegisteredClient.of(client) for client in page.items], links=links)


@router.get(
    f"{PATH}/{{client_id}}",
    operation_id="read_client",
    summary="Read a client",
    responses=_MISSING,
)
async def read(
    client_id: ClientId, response: Response, container: Injected, _caller: Admin
) -> RegisteredClient:
    """One registration, without its secret."""
    client = await read_client(client_id, container.new_uow())
    response.headers["ETag"] = client_etag(client)
    return RegisteredClient.of(client)


@router.patch(
    f"{PATH}/{{client_id}}",
    operation_id="change_client",
    summary="Change a client",
    responses=_KEPT,
)
async def change(
    client_id: ClientId,
    body: ClientPatch,
    response: Response,
    container: Injected,
    _caller: Admin,
    if_match: IfMatch = None,
) -> RegisteredClient:
    """A JSON Merge Patch; fields that are left out stay as they are."""
    now = container.clock()
    client = await change_client(client_id, body.changes(), if_match, container.new_uow(), now)
    response.headers["ETag"] = client_etag(client)
    return RegisteredClient.of(client)


@router.delete(
    f"{PATH}/{{client_id}}",
    status_code=204,
    operation_id="remove_client",
    summary="Remove a client",
    responses=_KEPT,
)
async def remove(
    client_id: ClientId, container: Injected, _caller: Admin, if_match: IfMatch = None
) -> None:
    """Whatever the client was given ends with it."""
    await remove_client(client_id, if_match, container.new_uow(), container.clock())
