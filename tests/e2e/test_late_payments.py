"""Cards whose bank takes its time: the provider's own signed notification brings the answer."""

import secrets
from typing import Any

from tests.e2e.shop import SKU, Shop, eventually


async def settled(caller: Shop, location: str) -> dict[str, Any]:
    async def order() -> dict[str, Any]:
        return dict((await caller.call("GET", location)).json())

    return await eventually(order, lambda found: found["status"] != "pending", 30)


async def test_a_late_approval_comes_by_notification_and_confirms_the_order(
    customer: Shop, support: Shop
) -> None:
    placed = await customer.order({SKU: 1}, payment="tok_processing")
    order = await settled(customer, placed.headers["location"])
    assert order["status"] == "confirmed"
    found = (await support.call("GET", f"/v1/payments?order_id={order['id']}")).json()
    path = found["items"][0]["_links"]["self"]["href"]
    (authorised,) = (await support.call("GET", path)).json()["operations"]
    # It was asked once: the answer came by the notification, before we would have asked again.
    assert (authorised["stage"], authorised["attempts"]) == ("done", 1)


async def test_a_late_decline_rejects_the_order(customer: Shop) -> None:
    placed = await customer.order({SKU: 1}, payment="tok_processing_declined")
    order = await settled(customer, placed.headers["location"])
    assert (order["status"], order["rejection"]["reason"]) == ("rejected", "payment_declined")


async def test_the_books_agree_with_the_providers(support: Shop) -> None:
    since = {"since": "2026-01-01T00:00:00Z"}
    path, key = "/v1/payments/reconciliations", secrets.token_hex(8)
    started = await support.call("POST", path, since, Idempotency_Key=key)
    assert started.status_code == 202, started.text

    async def report() -> dict[str, Any]:
        return dict((await support.call("GET", started.headers["location"])).json())

    found = await eventually(report, lambda run: run["ended_at"] is not None, 30)
    assert found["charges"] >= found["payments"] > 0
    assert found["found"] == []
