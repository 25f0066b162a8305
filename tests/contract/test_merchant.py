"""The merchant of the walk through the failpoints: an order that was not told of is seen."""

import json
from datetime import UTC, datetime

import httpx
import pytest
import standardwebhooks

from services.notifications.tests.receiver import Received, Receiver
from tests.e2e.shop import Shop
from tests.reliability.merchant import Merchant, orders_in

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


def told_of(order_id: str, secret: str = SECRET) -> Received:
    """What the shop sends about an order."""
    body = json.dumps({"type": "x", "data": {"order": {"order_id": order_id}}})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": f"event-{order_id}",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign(f"event-{order_id}", now, body),
    }
    return Received("/told", headers, body.encode())


def staff_who_see(**log: list[str]) -> Shop:
    """A shop whose log of deliveries has these, by status."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": log.get(request.url.params["status"], [])})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://shop")
    return Shop(client, "")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.reliability.merchant.PATIENCE", 0.1)


async def test_messages_are_kept_from_one_round_to_the_next() -> None:
    merchant = Merchant("/hook", SECRET, Receiver(received=[told_of("one")]))
    await merchant.until_told({"one"}, staff_who_see())
    merchant.receiver.received.append(told_of("two"))
    await merchant.until_told({"one", "two"}, staff_who_see(delivered=["two"]))


async def test_an_order_without_a_message_and_a_delivery_without_an_end_are_seen() -> None:
    merchant = Merchant("/hook", SECRET, Receiver(received=[told_of("one")]))
    with pytest.raises(AssertionError, match=r'\["two"\]'):
        await merchant.until_told({"one", "two"}, staff_who_see())
    for status in ("pending", "failed"):
        with pytest.raises(AssertionError, match=r'\["held up"\]'):
            await merchant.until_told({"one"}, staff_who_see(**{status: ["held up"]}))


def test_a_message_under_another_secret_is_not_believed() -> None:
    foreign = told_of("one", "whsec_" + SECRET.removeprefix("whsec_")[::-1])
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        orders_in([foreign], SECRET)
