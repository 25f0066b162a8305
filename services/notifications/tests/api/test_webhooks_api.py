"""`/v1/webhooks`: who may, what is told once, preconditions, the log, and sending again."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.testing import TokenMint
from notifications.domain.delivery import PATIENCE, Attempt, Delivery, DeliveryStatus
from notifications.domain.webhook import MAX_WEBHOOKS
from services.notifications.tests.fakes import NOON, Mailroom

PATH = "/v1/webhooks"
MARY = UUID("01990000-0000-7000-8000-0000000000f3")
BODY = {"url": "https://merchant.example/in", "event_types": ["orders.order_shipped.v1"]}


@pytest.fixture
def merchant(mint: TokenMint) -> dict[str, str]:
    return mint.headers(str(MARY), {"webhooks:write"})


async def create(
    client: httpx.AsyncClient, merchant: dict[str, str], key: str | None = None, **changes: Any
) -> httpx.Response:
    headers = merchant | {"Idempotency-Key": key or uuid4().hex}
    return await client.post(PATH, json=BODY | changes, headers=headers)


def delivery(webhook_id: str, number: int, status: DeliveryStatus) -> Delivery:
    kind = "orders.order_shipped.v1"
    ids = (UUID(int=number), UUID(webhook_id), UUID(int=100 + number))
    made = Delivery(*ids, kind, NOON, NOON, NOON + PATIENCE, status)
    made.log = [Attempt(NOON, 31, 503), Attempt(NOON, 9, None, "refused")]
    return made


async def test_the_secret_is_told_once_and_the_owner_is_who_registered(
    client: httpx.AsyncClient, merchant: dict[str, str], room: Mailroom
) -> None:
    made = await create(client, merchant)
    body, path = made.json(), made.headers["location"]
    assert (made.status_code, path) == (201, f"{PATH}/{body['id']}")
    assert made.headers["cache-control"] == "no-store"
    held = room.endpoints.webhooks[UUID(body["id"])]
    assert (body["secret"], held.owner) == (held.secrets[0].text, MARY)
    read = await client.get(path, headers=merchant)
    listed = await client.get(PATH, headers=merchant)
    assert read.json() == body | {"secret": None} == listed.json()["items"][0]
    assert read.headers["etag"] == made.headers["etag"]


async def test_the_same_key_again_finds_the_webhook_without_its_secret(
    client: httpx.AsyncClient, merchant: dict[str, str], room: Mailroom
) -> None:
    first, again = [await create(client, merchant, "key-1") for _ in range(2)]
    assert again.json() == first.json() | {"secret": None}
    assert len(room.endpoints.webhooks) == 1
    other = await create(client, merchant, "key-1", description="other")
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    without = await client.post(PATH, json=BODY, headers=merchant)
    assert without.json()["type"] == "/problems/idempotency-key-missing"


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"url": "http://merchant.example/in"}, "webhook-url-refused"),
        ({"url": "https://user:pw@merchant.example/"}, "webhook-url-refused"),
        ({"url": "https://169.254.169.254/latest"}, "webhook-url-refused"),
        ({"event_types": []}, "validation-error"),
        ({"event_types": ["auth.user_registered.v1"]}, "validation-error"),
        ({"secret": "mine"}, "validation-error"),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, merchant: dict[str, str], changes: dict[str, Any], slug: str
) -> None:
    answer = await create(client, merchant, **changes)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{slug}")


async def test_there_is_an_end_to_how_many_there_may_be(
    client: httpx.AsyncClient, merchant: dict[str, str]
) -> None:
    for _ in range(MAX_WEBHOOKS):
        assert (await create(client, merchant)).status_code == 201
    refused = await create(client, merchant)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-webhooks")
    first = await client.get(f"{PATH}?limit=30", headers=merchant)
    rest = await client.get(first.json()["_links"]["next"]["href"], headers=merchant)
    assert [len(first.json()["items"]), len(rest.json()["items"])] == [30, 20]


async def test_a_patch_changes_what_it_names_and_a_stale_tag_is_refused(
    client: httpx.AsyncClient, merchant: dict[str, str]
) -> None:
    made = await create(client, merchant, description="old")
    path, stale = made.headers["location"], {"If-Match": made.headers["etag"]}
    kinds = ["payments.payment_refunded.v1"]
    changed = await client.patch(
        path, json={"event_types": kinds, "enabled": False}, headers=merchant | stale
    )
    assert changed.json()["event_types"] == kinds
    assert (changed.json()["enabled"], changed.json()["description"]) == (False, "old")
    for refused in (
        await client.patch(path, json={"enabled": True}, headers=merchant | stale),
        await client.post(f"{path}/secret-rotations", headers=merchant | stale),
        await client.delete(path, headers=merchant | stale),
    ):
        assert (refused.status_code, refused.json()["type"]) == (412, "/problems/webhook-changed")
    private = await client.patch(path, json={"url": "https://10.0.0.1/"}, headers=merchant)
    assert private.json()["type"] == "/problems/webhook-url-refused"


async def test_a_rotation_tells_the_new_secret_once(
    client: httpx.AsyncClient, merchant: dict[str, str], room: Mailroom
) -> None:
    made = await create(client, merchant)
    rotated = await client.post(f"{made.headers['location']}/secret-rotations", headers=merchant)
    assert rotated.status_code == 201
    [held] = room.endpoints.webhooks.values()
    assert rotated.json()["secret"] == held.secrets[0].text != made.json()["secret"]
    assert held.secrets[1].text == made.json()["secret"]


async def test_what_was_removed_is_gone(
    client: httpx.AsyncClient, merchant: dict[str, str], room: Mailroom
) -> None:
    path = (await create(client, merchant)).headers["location"]
    assert (await client.delete(path, headers=merchant)).status_code == 204
    assert room.endpoints.webhooks == {}
    assert (await client.get(path, headers=merchant)).status_code == 404
    assert (await client.delete(path, headers=merchant)).status_code == 404
    assert (await client.get(f"{path}/deliveries", headers=merchant)).status_code == 404


async def test_the_log_shows_each_try_and_filters_narrow_it(
    client: httpx.AsyncClient, merchant: dict[str, str], room: Mailroom
) -> None:
    made = (await create(client, merchant)).json()
    for number, status in enumerate(DeliveryStatus, start=1):
        room.endpoints.deliveries[UUID(int=number)] = delivery(made["id"], number, status)
    path = made["_links"]["deliveries"]["href"]
    items = (await client.get(path, headers=merchant)).json()["items"]
    assert [item["status"] for item in items] == ["failed", "delivered", "pending"]
    tries = [(one["status"], one["milliseconds"], one["error"]) for one in items[0]["attempts"]]
    assert tries == [(503, 31, None), (None, 9, "refused")]
    assert [item["next_attempt_at"] is None for item in items] == [True, True, False]
    failed = await client.get(f"{path}?status=failed", headers=merchant)
    assert [item["id"] for item in failed.json()["items"]] == [items[0]["id"]]
    other = await client.get(f"{path}?event_type=orders.order_placed.v1", headers=merchant)
    assert other.json()["items"] == []
    one = await client.get(items[0]["_links"]["self"]["href"], headers=merchant)
    assert one.json() == items[0]


async def test_a_delivery_is_sent_again_unless_its_webhook_is_disabled(
    client: httpx.AsyncClient, merchant: dict[str, str], room: Mailroom
) -> None:
    made = (await create(client, merchant)).json()
    failed = delivery(made["id"], 1, DeliveryStatus.FAILED)
    room.endpoints.deliveries[failed.id] = failed
    path = f"{PATH}/{made['id']}/deliveries/{failed.id}/redelivery"
    again = await client.post(path, headers=merchant)
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    assert len(again.json()["attempts"]) == 2
    await client.patch(f"{PATH}/{made['id']}", json={"enabled": False}, headers=merchant)
    disabled = await client.post(path, headers=merchant)
    assert (disabled.status_code, disabled.json()["type"]) == (409, "/problems/webhook-disabled")
    missing = f"{PATH}/{made['id']}/deliveries/{uuid4()}"
    assert (await client.get(missing, headers=merchant)).status_code == 404
    await client.patch(f"{PATH}/{made['id']}", json={"enabled": True}, headers=merchant)
    assert (await client.post(f"{missing}/redelivery", headers=merchant)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", ""), ("POST", ""), ("GET", "/x"), ("PATCH", "/x"), ("DELETE", "/x")),
        *(("POST", "/x/secret-rotations"), ("GET", "/x/deliveries"), ("GET", "/x/deliveries/y")),
        ("POST", "/x/deliveries/y/redelivery"),
    ],
)
async def test_every_route_asks_for_the_scope_first(
    client: httpx.AsyncClient, mint: TokenMint, method: str, path: str
) -> None:
    assert (await client.request(method, PATH + path)).status_code == 401
    others = mint.headers(str(MARY), {"profile", "catalog:write", "orders:read_all"})
    refused = await client.request(method, PATH + path, headers=others)
    assert refused.json()["type"] == "/problems/insufficient-scope"
