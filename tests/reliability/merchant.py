"""A merchant who is told of orders by webhook while the processes that tell them die.

The walk through the failpoints has one. Whatever died before, while or after a message was sent: in
the end every order was told, under the signature, and the log of deliveries says the same.
"""

import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import standardwebhooks

from services.notifications.tests.receiver import Received, Receiver, receiving
from tests.e2e.shop import Shop, eventually

# A try that was cut short is made again when its lease of 30 s ends.
PATIENCE = 120.0
STAFF = "merchandiser@souk.example"


@dataclass
class Merchant:
    """Where the webhook is registered, with which secret, what came in, and what that told."""

    path: str
    secret: str
    receiver: Receiver
    told: set[str] = field(default_factory=set)

    async def until_told(self, orders: Collection[str], staff: Shop) -> None:
        """Return when these orders were told and no delivery is open; fail with what is left."""

        async def left() -> list[Any]:
            new, self.receiver.received = self.receiver.received, []
            self.told |= orders_in(new, self.secret)
            return [*sorted(set(orders) - self.told), *await self._open(staff)]

        await eventually(left, lambda found: not found, PATIENCE)

    async def _open(self, staff: Shop) -> list[Any]:
        found: list[Any] = []
        for status in ("pending", "failed"):
            log = await staff.call("GET", f"{self.path}/deliveries?status={status}")
            assert log.status_code == 200, log.text
            found += log.json()["items"]
        return found


def orders_in(received: Sequence[Received], secret: str) -> set[str]:
    """The orders that messages tell of; the specification's own library reads them."""
    library = standardwebhooks.Webhook(secret)
    messages = [library.verify(one.body, one.headers) for one in received]
    return {message["data"]["order"]["order_id"] for message in messages}


@asynccontextmanager
async def a_merchant(shop: Shop) -> AsyncIterator[Merchant]:
    """One who wants to hear of every order that is placed, and leaves at the end."""
    async with receiving() as receiver:
        staff, key = await shop.sign_in(STAFF), secrets.token_hex(8)
        wanted = {"url": receiver.url("/told"), "event_types": ["orders.order_placed.v1"]}
        made = await staff.call("POST", "/v1/webhooks", wanted, Idempotency_Key=key)
        assert made.status_code == 201, made.text
        path = made.headers["location"]
        yield Merchant(path, made.json()["secret"], receiver)
        staff = await shop.sign_in(STAFF)
        assert (await staff.call("DELETE", path)).status_code == 204
