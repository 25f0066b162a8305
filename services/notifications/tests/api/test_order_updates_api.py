"""`/v1/order-updates`: who may follow, what a stream looks like, and what is without Redis."""

import json
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from chassis.testing import TokenMint
from notifications.application.follow_order import Signal
from notifications.domain.errors import TooManyStreams, UpdatesUnavailable
from notifications.domain.order_update import OrderUpdate
from services.notifications.tests.fakes import NOON, Mailroom, example_order
from services.notifications.tests.fakes_live import FakeFeed, FakeListeners

CASEY = UUID("01990000-0000-7000-8000-0000000000f1")
ORDER = example_order().order_id
PATH = f"/v1/order-updates/{ORDER}"
SHIPPED = OrderUpdate(ORDER, 3, "orders.order_shipped.v1", "shipped", NOON, {"tracking": "AB\n123"})


@pytest.fixture(autouse=True)
def order(room: Mailroom) -> None:
    room.orders[ORDER] = replace(example_order(), version=2, status="confirmed")


@pytest.fixture
def own(mint: TokenMint) -> dict[str, str]:
    return mint.headers(str(CASEY), {"orders:read"})


def events(text: str) -> list[tuple[str, str, dict[str, object]]]:
    """Each event's name, id and data; comments and hints left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if "data" in fields:
            found.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return found


async def test_the_owner_sees_where_it_stands_and_then_each_step(
    client: httpx.AsyncClient, own: dict[str, str], listeners: FakeListeners
) -> None:
    for news in (SHIPPED, None, Signal.LOST, Signal.END):
        listeners.queue.put_nowait(news)
    answer = await client.get(PATH, headers=own)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    first, second = events(answer.text)
    state = {"order_id": str(ORDER), "version": 2, "status": "confirmed"}
    assert first == ("state", "2", state)
    assert second[:2] == ("order_shipped", "3")
    assert second[2] == {
        "order_id": str(ORDER),
        "version": 3,
        "type": "orders.order_shipped.v1",
        "status": "shipped",
        "at": "2026-11-22T12:00:00+00:00",
        "details": {"tracking": "AB\n123"},
    }
    assert answer.text.startswith("retry: 2000\n\n")
    assert answer.text.endswith(": still here\n\n: interrupted\nretry: 5000\n\n")
    assert listeners.open == 0


@pytest.mark.parametrize("last", ["2", "x", "-1", "9" * 25, "9" * 5000])
async def test_who_comes_again_gets_what_came_after(
    client: httpx.AsyncClient,
    own: dict[str, str],
    feed: FakeFeed,
    listeners: FakeListeners,
    last: str,
) -> None:
    feed.steps[ORDER] = [replace(SHIPPED, version=2), SHIPPED]
    listeners.queue.put_nowait(Signal.END)
    answer = await client.get(PATH, headers=own | {"Last-Event-ID": last})
    names = [name for name, _, _ in events(answer.text)]
    assert names == (["order_shipped"] if last == "2" else ["state", "order_shipped"])


async def test_others_guests_and_clients_without_the_right_see_nothing(
    client: httpx.AsyncClient, mint: TokenMint, listeners: FakeListeners
) -> None:
    other = await client.get(PATH, headers=mint.headers(str(UUID(int=7)), {"orders:read"}))
    assert (other.status_code, other.json()["type"]) == (404, "/problems/order-not-found")
    machine = await client.get(PATH, headers=mint.headers("machine", {"orders:read"}))
    assert machine.status_code == 404
    assert (await client.get(PATH, headers={"Cart-Token": "A" * 43})).status_code == 401
    assert (await client.get(PATH, headers=mint.headers(scopes={"profile"}))).status_code == 403
    listeners.queue.put_nowait(Signal.END)
    staff = mint.headers(str(UUID(int=8)), {"orders:read_all"})
    assert (await client.get(PATH, headers=staff)).status_code == 200


async def test_without_redis_a_stream_is_refused_at_its_start(
    client: httpx.AsyncClient, own: dict[str, str], feed: FakeFeed, listeners: FakeListeners
) -> None:
    feed.away = UpdatesUnavailable()
    answer = await client.get(PATH, headers=own)
    assert (answer.status_code, listeners.open) == (503, 0)
    assert answer.json()["type"] == "/problems/updates-unavailable"
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("refusal", "status"), [(UpdatesUnavailable(), 503), (TooManyStreams(6), 429)]
)
async def test_there_is_an_end_to_how_many_may_listen(
    client: httpx.AsyncClient,
    own: dict[str, str],
    listeners: FakeListeners,
    refusal: Exception,
    status: int,
) -> None:
    listeners.refusal = refusal
    answer = await client.get(PATH, headers=own)
    assert answer.status_code == status
    assert int(answer.headers["retry-after"]) > 0


async def test_a_stream_lasts_as_long_as_was_asked_for_and_not_longer_than_it_may(
    client: httpx.AsyncClient, own: dict[str, str]
) -> None:
    short = await client.get(f"{PATH}?seconds=0", headers=own)
    assert [name for name, _, _ in events(short.text)] == ["state"]
    assert (await client.get(f"{PATH}?seconds=901", headers=own)).status_code == 422
