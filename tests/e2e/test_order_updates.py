"""An order while it happens: followed through the gateway by its owner, and told to a merchant."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import standardwebhooks

from services.notifications.tests.receiver import Receiver, receiving
from tests.e2e.order_steps import did
from tests.e2e.shop import SKU, Shop, eventually

Event = tuple[str, int, dict[str, Any]]
LIFE = ["order_placed", "order_confirmed", "order_packed", "order_shipped"]


@asynccontextmanager
async def following(shop: Shop, order_id: str, **headers: str) -> AsyncIterator[httpx.Response]:
    """The open stream."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/v1/order-updates/{order_id}"
    async with shop.client.stream(
        "GET", path, headers={**shop.headers, **named}, timeout=30
    ) as answer:
        yield answer


async def next_events(answer: httpx.Response, until: str) -> list[Event]:
    """Reads up to the event of that name."""
    found: list[Event] = []
    fields: dict[str, str] = {}
    async with asyncio.timeout(30):
        async for line in answer.aiter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                found.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
                fields = {}
                if found[-1][0] == until:
                    break
    return found


async def test_the_owner_sees_each_step_as_it_happens_and_resumes_without_a_gap(
    customer: Shop, warehouse: Shop
) -> None:
    placed = await customer.order({SKU: 1})
    order_id = placed.json()["id"]
    async with following(customer, order_id) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        [(name, version, state)] = await next_events(stream, "state")
        assert (name, state["order_id"]) == ("state", order_id)
    await did(warehouse, order_id, "packing")
    async with following(customer, order_id, Last_Event_ID="1") as stream:
        shipping = asyncio.create_task(did(warehouse, order_id, "shipments", {"tracking": "AB123"}))
        steps = await next_events(stream, "order_shipped")
        await shipping
    assert [step[0] for step in steps] == LIFE[1:]
    assert [step[1] for step in steps] == list(range(2, 2 + len(steps)))
    assert version in (1, 2)
    assert (steps[-1][2]["status"], steps[-1][2]["details"]["tracking"]) == ("shipped", "AB123")


async def test_strangers_and_guests_cannot_follow_it(customer: Shop, shop: Shop) -> None:
    order_id = (await customer.order({SKU: 1})).json()["id"]
    email = f"stranger-{secrets.token_hex(6)}@example.com"
    body = {"email": email, "password": "a long and winding word", "name": "Sasha Stranger"}
    assert (await shop.call("POST", "/v1/users", body)).status_code == 201
    stranger = await shop.sign_in(email, "a long and winding word")
    path = f"/v1/order-updates/{order_id}"
    assert (await stranger.call("GET", path)).status_code == 404
    assert (await shop.as_guest().call("GET", path)).status_code == 401


async def test_a_merchant_is_told_of_each_step_by_a_signed_webhook(
    customer: Shop, warehouse: Shop, merchandiser: Shop
) -> None:
    async with receiving() as receiver:
        receiver.first["/hook"] = [500]
        kinds = [f"orders.{name}.v1" for name in LIFE]
        body = {"url": receiver.url("/hook"), "event_types": kinds}
        key = secrets.token_hex(8)
        made = await merchandiser.call("POST", "/v1/webhooks", body, Idempotency_Key=key)
        assert made.status_code == 201, made.text
        order_id = (await customer.order({SKU: 1})).json()["id"]
        await did(warehouse, order_id, "packing")
        await did(warehouse, order_id, "shipments", {})

        async def told() -> list[str]:
            return sorted(taken(receiver, made.json()["secret"], order_id))

        await eventually(told, lambda names: set(names) == set(kinds), seconds=40)
        path = made.headers["location"]
        log = (await merchandiser.call("GET", f"{path}/deliveries?limit=100")).json()["items"]
        assert 500 in [one["status"] for item in log for one in item["attempts"]]
        assert (await merchandiser.call("DELETE", path)).status_code == 204


def taken(receiver: Receiver, secret: str, order_id: str) -> set[str]:
    """The types of the messages about an order; the specification's own library reads them."""
    library = standardwebhooks.Webhook(secret)
    messages = [library.verify(got.body, got.headers) for got in list(receiver.received)]
    return {m["type"] for m in messages if m["data"]["order"]["order_id"] == order_id}
