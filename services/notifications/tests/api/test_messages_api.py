"""`/v1/messages`: whose messages are seen by whom, filters, pages and what bad input gets."""

from uuid import UUID

import httpx
import pytest

from chassis.testing import TokenMint
from notifications.domain.contact import Recipient
from notifications.domain.message import Message, Status, Template
from services.notifications.tests.fakes import NOON, Mailroom

CASEY = UUID("01990000-0000-7000-8000-0000000000f1")
OTHER = UUID("01990000-0000-7000-8000-0000000000f2")
ORDER = UUID("0199aa10-6c00-7abc-8def-0123456789ab")


@pytest.fixture(autouse=True)
def messages(room: Mailroom) -> None:
    """Five of Casey's, one of somebody else's, one of a guest's that waits."""
    owners = [CASEY, CASEY, CASEY, CASEY, CASEY, OTHER, None]
    for number, owner in enumerate(owners, start=1):
        confirmed = number % 2 == 0
        room.messages[UUID(int=number)] = Message(
            id=UUID(int=number),
            template=Template.ORDER_CONFIRMED if confirmed else Template.WELCOME,
            header_id=f"<{number}@souk.example>",
            cause=UUID(int=number),
            created_at=NOON,
            due_at=NOON,
            order_id=ORDER if confirmed else None,
            user_id=owner,
            recipient=Recipient("x@souk.example", "X") if owner else None,
            status=Status.SENT if owner else Status.WAITING,
        )


def ids(page: httpx.Response) -> list[int]:
    return [UUID(item["id"]).int for item in page.json()["items"]]


@pytest.fixture
def own(mint: TokenMint) -> dict[str, str]:
    return mint.headers(str(CASEY), {"messages:read"})


@pytest.fixture
def every(mint: TokenMint) -> dict[str, str]:
    return mint.headers("souk-operator", {"messages:read_all"})


async def test_a_customer_sees_their_own_messages_newest_first(
    client: httpx.AsyncClient, own: dict[str, str]
) -> None:
    response = await client.get("/v1/messages", headers=own)
    assert response.status_code == 200
    assert ids(response) == [5, 4, 3, 2, 1]


async def test_support_sees_everybodys_messages(
    client: httpx.AsyncClient, every: dict[str, str]
) -> None:
    assert ids(await client.get("/v1/messages", headers=every)) == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"order_id={ORDER}", [6, 4, 2]),
        ("template=welcome", [7, 5, 3, 1]),
        ("status=waiting", [7]),
        (f"order_id={ORDER}&status=waiting", []),
    ],
)
async def test_filters_narrow_the_list(
    client: httpx.AsyncClient, every: dict[str, str], query: str, found: list[int]
) -> None:
    assert ids(await client.get(f"/v1/messages?{query}", headers=every)) == found


async def test_pages_keep_their_filter_and_show_each_message_once(
    client: httpx.AsyncClient, every: dict[str, str]
) -> None:
    seen: list[int] = []
    url = "/v1/messages?limit=2&status=sent"
    while url:
        page = await client.get(url, headers=every)
        seen += ids(page)
        url = page.json()["_links"].get("next", {}).get("href", "")
    assert seen == [6, 5, 4, 3, 2, 1]


async def test_a_message_shows_its_state_and_links_its_order(
    client: httpx.AsyncClient, own: dict[str, str]
) -> None:
    body = (await client.get(f"/v1/messages/{UUID(int=2)}", headers=own)).json()
    assert body["template"] == "order_confirmed"
    assert body["status"] == "sent"
    assert body["message_header_id"] == "<2@souk.example>"
    assert body["_links"]["order"] == {"href": f"/v1/orders/{ORDER}"}


@pytest.mark.parametrize("number", [6, 7, 99])
async def test_anothers_message_and_none_look_the_same(
    client: httpx.AsyncClient, own: dict[str, str], number: int
) -> None:
    response = await client.get(f"/v1/messages/{UUID(int=number)}", headers=own)
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/message-not-found"


async def test_a_client_that_is_no_account_owns_no_messages(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    machine = mint.headers("some-machine", {"messages:read"})
    assert ids(await client.get("/v1/messages", headers=machine)) == []


@pytest.mark.parametrize("path", ["/v1/messages", f"/v1/messages/{UUID(int=1)}"])
async def test_every_route_asks_for_a_token_and_one_of_the_two_scopes(
    client: httpx.AsyncClient, mint: TokenMint, path: str
) -> None:
    assert (await client.get(path)).status_code == 401
    refused = await client.get(path, headers=mint.headers(str(CASEY), {"orders:read"}))
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/insufficient-scope"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("order_id=1", 422),
        ("order_id[$ne]=1", 200),
        ("template=spam", 422),
        ("status=lost", 422),
        ("limit=0", 422),
        ("limit=101", 422),
        ("cursor=nonsense", 400),
        ("cursor=eyJpZCI6IDF9", 400),
    ],
)
async def test_bad_queries_are_problems(
    client: httpx.AsyncClient, own: dict[str, str], query: str, status: int
) -> None:
    assert (await client.get(f"/v1/messages?{query}", headers=own)).status_code == status


async def test_a_bad_uuid_is_a_validation_problem(
    client: httpx.AsyncClient, own: dict[str, str]
) -> None:
    assert (await client.get("/v1/messages/1", headers=own)).status_code == 422


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/{message_id}"])
async def test_the_document_offers_either_scope(client: httpx.AsyncClient, path: str) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    alternatives = [{"souk": ["messages:read"]}, {"souk": ["messages:read_all"]}]
    assert paths[path]["get"]["security"] == alternatives
