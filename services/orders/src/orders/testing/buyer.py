"""A buyer who talks HTTP to the service, whatever it runs on, and what they need for that.

API tests use it over the shop in memory, integration tests over the real servers.
"""

from typing import Any

from httpx import AsyncClient, Response

from chassis.ids import uuid7
from orders.testing.values import GUEST_TOKEN

GUEST_HEADERS = {"Cart-Token": GUEST_TOKEN}
CONTACT_BODY = {"email": "ada@souk.example", "name": "Ada Lovelace"}
ADDRESS_BODY = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}


def problem(answer: Response) -> tuple[int, str]:
    """Returns status and name of the problem that an answer must be."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


class Buyer:
    """A customer or guest with a cart of their own."""

    def __init__(self, client: AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers
        self.cart, self.etag = "", ""

    async def fill(self, **lines: int) -> "Buyer":
        """Begins a cart with these lines; `_85123A=6` stands for six of 85123A."""
        made = await self.client.post("/v1/carts", headers=self.headers)
        self.cart = made.raise_for_status().json()["id"]
        items = [{"sku": sku.lstrip("_"), "quantity": n} for sku, n in lines.items()]
        url = f"/v1/carts/{self.cart}/items"
        filled = await self.client.put(url, json={"items": items}, headers=self.headers)
        self.etag = filled.raise_for_status().headers["etag"]
        return self

    async def order(self, key: str | None = None, **changes: Any) -> Response:
        """Orders the cart as it was seen; None leaves a header field or a member out."""
        fields = {"If-Match": self.etag, "Idempotency-Key": key or str(uuid7())}
        headers = self.headers | fields | changes.pop("headers", {})
        payment = {"token": "tok_visa"}
        body = {"cart_id": self.cart, "payment": payment, "shipping_address": ADDRESS_BODY}
        return await self.client.post(
            "/v1/orders", json=_given(body | changes), headers=_given(headers)
        )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
