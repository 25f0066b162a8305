"""What people try in the shop while an engine is slow or away: `ACTS`, each with its service.

`outages.py` has them try it again and again; docs/reliability.md says, by these names, what comes
of each. Who is signed in and which carts are full is settled before the engine goes.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.e2e.shop import ADDRESS, PASSWORD, SKU, SLUG, Shop, form_action, hidden_fields

# Whose price changes is in nobody's cart: a cart's ETag covers its prices.
PRICED = "white-metal-lantern"
# The example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class People:
    """Those who try, and what they keep: orders that were promised, addresses that were taken."""

    anybody: Shop
    customer: Shop
    support: Shop
    merchandiser: Shop
    warehouse: Shop
    order: str
    refresh_token: str
    carts: list[tuple[str, str]]
    placed: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)

    async def sign_in(self) -> httpx.Response:
        """Form, password, code, tokens: the answer to the first step that fails, or the last."""
        redirect = f"{self.anybody.client.base_url}".rstrip("/") + "/docs/oauth2-redirect"
        client = {"client_id": "swagger-ui", "redirect_uri": redirect}
        asked = {"response_type": "code", "scope": "openid orders:read", "state": "xyz"}
        proof = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        origin = self.anybody.client.base_url
        async with httpx.AsyncClient(base_url=origin, timeout=20) as browser:
            page = await browser.get("/oauth/authorize", params={**client, **asked, **proof})
            if page.status_code != 200:
                return page
            filled = hidden_fields(page.text) | {"email": "customer@souk.example"}
            back = await browser.post(form_action(page.text), data=filled | {"password": PASSWORD})
            back.history = [page]
            if back.status_code not in (302, 303):
                return back
            code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
            grant = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
            answer = await browser.post("/oauth/token", data=client | grant)
            answer.history = [page, back]
            return answer

    async def renew_tokens(self) -> httpx.Response:
        """What an application does each few minutes; the next time with the new token."""
        grant = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        answer = await self.anybody.client.post(
            "/oauth/token", data={"client_id": "swagger-ui"} | grant, timeout=20
        )
        if answer.status_code == 200:
            self.refresh_token = answer.json()["refresh_token"]
        return answer

    async def register(self) -> httpx.Response:
        """A new account, of whose address a mail will ask for a confirmation."""
        email = f"outage-{secrets.token_hex(6)}@example.com"
        body = {"email": email, "name": "Ada Lovelace", "password": "violet-otter-27-kettle"}
        answer = await self.anybody.call("POST", "/v1/users", body)
        if answer.status_code == 201:
            self.registered.append(email)
        return answer

    async def fill_cart(self) -> httpx.Response:
        """A new cart with one thing in it; the answer to the first request that fails."""
        made = await self.customer.call("POST", "/v1/carts")
        if made.status_code >= 300:
            return made
        items = {"items": [{"sku": SKU, "quantity": 1}]}
        filled = await self.customer.call("PUT", f"{made.headers['location']}/items", items)
        filled.history = [made]
        return filled

    async def place_order(self) -> httpx.Response:
        """Orders a cart that was filled before; who is refused insists, with the same key."""
        path, etag = self.carts[0]
        body = {
            "cart_id": path.rsplit("/", 1)[1],
            "payment": {"token": "tok_visa"},
            "shipping_address": ADDRESS,
        }
        answer = await self.customer.call(
            "POST", "/v1/orders", body, If_Match=etag, Idempotency_Key=path
        )
        if answer.status_code == 201:
            self.carts.pop(0)
            self.placed.append(answer.headers["location"])
        return answer

    async def change_price(self) -> httpx.Response:
        """Makes a product a penny dearer; the answer to the first request that fails."""
        path = f"/v1/products/{PRICED}"
        seen = await self.merchandiser.call("GET", path)
        if seen.status_code != 200:
            return seen
        variant = seen.json()["variants"][0]
        price: dict[str, Any] = variant["price"] | {"amount": variant["price"]["amount"] + 1}
        answer = await self.merchandiser.call(
            "PUT", f"{path}/variants/{variant['sku']}/price", price, If_Match=seen.headers["etag"]
        )
        answer.history = [seen]
        return answer

    async def adjust_stock(self) -> httpx.Response:
        """Puts one more on the shelf."""
        body = {"reason": "outage", "lines": [{"sku": SKU, "delta": 1}]}
        key = secrets.token_hex(8)
        return await self.warehouse.call("POST", "/v1/stock-adjustments", body, Idempotency_Key=key)

    async def follow_order(self) -> httpx.Response:
        """Opens the live updates of an order, and has them end at once."""
        name = self.order.rsplit("/", 1)[1]
        return await self.customer.call("GET", f"/v1/order-updates/{name}?seconds=0")


async def gather_people(shop: Shop, carts: int) -> People:
    """Signs everybody in, for five minutes, and fills the carts."""
    tokens = await shop.tokens("customer@souk.example")
    customer = shop.as_bearer(tokens["access_token"])
    first = await customer.order({SKU: 1})
    assert first.status_code == 201, first.text
    return People(
        shop,
        customer,
        await shop.sign_in("support@souk.example"),
        await shop.sign_in("merchandiser@souk.example"),
        await shop.sign_in("warehouse@souk.example"),
        order=first.headers["location"],
        refresh_token=tokens["refresh_token"],
        carts=[await customer.cart({SKU: 1}) for _ in range(carts)],
    )


@dataclass(frozen=True, slots=True)
class Act:
    """Something that people do, and the part of the shop that answers for it.

    `do` has the answer to its last request, and those before in its `history`. What is `cached` is
    answered again from what was read before, until it changes.
    """

    part: str
    name: str
    do: Callable[[People], Awaitable[httpx.Response]]
    cached: bool = False


def _new_word() -> str:
    return f"/v1/products?q={secrets.token_hex(4)}"


ACTS = (
    Act("gateway", "read the API's document", lambda p: p.anybody.call("GET", "/openapi.json")),
    Act("auth", "sign in", People.sign_in),
    Act("auth", "renew tokens", People.renew_tokens),
    Act("auth", "register", People.register),
    Act("auth", "read the public keys", lambda p: p.anybody.call("GET", "/.well-known/jwks.json")),
    Act("catalog", "list products", lambda p: p.anybody.call("GET", "/v1/products?limit=20"), True),
    Act("catalog", "see a product", lambda p: p.anybody.call("GET", f"/v1/products/{SLUG}"), True),
    Act("catalog", "search", lambda p: p.anybody.call("GET", _new_word())),
    Act("catalog", "change a price", People.change_price),
    Act("inventory", "read stock", lambda p: p.warehouse.call("GET", f"/v1/stock/{SKU}")),
    Act("inventory", "adjust stock", People.adjust_stock),
    Act("orders", "fill a cart", People.fill_cart),
    Act("orders", "place an order", People.place_order),
    Act("orders", "read an order", lambda p: p.customer.call("GET", p.order)),
    Act("payments", "list payments", lambda p: p.support.call("GET", "/v1/payments?limit=1")),
    Act("notifications", "list messages", lambda p: p.customer.call("GET", "/v1/messages?limit=1")),
    Act("notifications", "follow an order", People.follow_order),
)
PARTS = tuple(dict.fromkeys(act.part for act in ACTS))


def acts_by_part() -> dict[str, list[str]]:
    """What is tried, by the part that answers for it."""
    return {part: [act.name for act in ACTS if act.part == part] for part in PARTS}
