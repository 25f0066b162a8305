"""`./souk smoke URL`: buys one thing through the gateway of a shop that runs somewhere.

Called by `native.cli` and, after each deployment, by `native.delivery.deploying`. It uses the
public API as a guest's browser does, and needs no account. Where payments are real, `--look-only`
stops at the filled cart.
"""

import secrets
import time
from typing import Annotated, Any

import httpx
import typer

from native.errors import StackError
from native.progress import output

SECONDS = 60.0
ADDRESS = {
    "recipient": "Smoke Test",
    "street": "1 Market Row",
    "city": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}
AGAIN = frozenset({429, 502, 503, 504})

Url = Annotated[str, typer.Argument(help="The gateway, as https://shop.example.")]
LookOnly = Annotated[bool, typer.Option("--look-only", help="Fill a cart, and order nothing.")]


class SmokeFailed(StackError):
    """The shop does not sell."""


def smoke(url: Url, look_only: LookOnly = False) -> None:
    """Buy one thing as a guest, and wait until the order is confirmed."""
    output().print(buy(url, look_only=look_only))


def buy(url: str, *, look_only: bool = False, seconds: float = SECONDS) -> str:
    """What was bought and how long it took.

    Raises:
        SmokeFailed: a step was refused, or the order was not confirmed within `seconds`.
    """
    begun = time.monotonic()
    guest = {"Cart-Token": secrets.token_urlsafe(32)}
    with httpx.Client(base_url=url, headers=guest, timeout=15, trust_env=False) as http:
        shop = _Shop(http, begun + seconds)
        sku = shop.something_to_buy()
        cart = shop.send("POST", "/v1/carts").headers["location"]
        lines = {"items": [{"sku": sku, "quantity": 1}]}
        filled = shop.send("PUT", f"{cart}/items", json=lines)
        if not look_only:
            shop.order(cart, filled.headers["etag"])
    done = "put into a cart" if look_only else "bought"
    return f"{sku} {done} in {time.monotonic() - begun:.1f} s"


class _Shop:
    """Requests that are repeated while the shop has no answer, until the time is up."""

    def __init__(self, http: httpx.Client, until: float) -> None:
        self._http, self._until = http, until

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A 2xx answer."""
        while True:
            said = self._try(method, path, **more)
            if isinstance(said, httpx.Response):
                return said
            if time.monotonic() > self._until:
                raise SmokeFailed(f"{method} {path}: {said}")
            time.sleep(0.5)

    def _try(self, method: str, path: str, **more: Any) -> httpx.Response | str:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.TransportError as problem:
            return repr(problem)
        if answer.status_code in AGAIN:
            return str(answer.status_code)
        if not answer.is_success:
            raise SmokeFailed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def something_to_buy(self) -> str:
        """The SKU of a variant that is in stock."""
        page = self.send("GET", "/v1/products?limit=50").json()
        variants = (variant for product in page["items"] for variant in product["variants"])
        found = next((variant["sku"] for variant in variants if variant["in_stock"]), None)
        if found is None:
            raise SmokeFailed("nothing on the first page is in stock")
        return str(found)

    def order(self, cart: str, etag: str) -> None:
        """Orders the cart as it was seen, and waits for the saga's end."""
        body = {
            "cart_id": cart.rsplit("/", 1)[1],
            "payment": {"token": "tok_visa"},
            "shipping_address": ADDRESS,
            "contact": {"email": "smoke@example.com", "name": "Smoke Test"},
            "reference": "smoke",
        }
        key = {"If-Match": etag, "Idempotency-Key": secrets.token_hex(8), "Prefer": "wait=5"}
        order = self.send("POST", "/v1/orders", json=body, headers=key)
        status = order.json()["status"]
        while status == "pending" and time.monotonic() < self._until:
            time.sleep(0.5)
            status = self.send("GET", order.headers["location"]).json()["status"]
        if status != "confirmed":
            raise SmokeFailed(f"the order at {order.headers['location']} is {status}")
