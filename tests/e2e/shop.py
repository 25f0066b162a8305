"""A client of the shop for the end-to-end tests: it speaks HTTP to the gateway and nothing else.

It signs in as a browser does (code flow with PKCE through the sign-in page), fills carts, places
orders and reads the mailbox.
"""

import asyncio
import base64
import hashlib
import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

PASSWORD = "souk-demo-2026"
SLUG, SKU = "white-hanging-heart-t-light-holder", "85123A"
ADDRESS = {
    "recipient": "Casey Customer",
    "street": "1 Market Row",
    "city": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}
SCOPES = (
    "openid email profile orders:read orders:write orders:read_all orders:cancel_all "
    "orders:fulfil orders:return_all orders:refund payments:read payments:write users:read "
    "users:write catalog:write promotions:write webhooks:write stock:read stock:write "
    "messages:read messages:read_all account:write users:import clients:write keys:write "
    "audit:read console:read"
)
T = TypeVar("T")


@dataclass
class Shop:
    """The shop as one caller sees it; `headers` say who that is."""

    client: httpx.AsyncClient
    mailbox_url: str
    headers: dict[str, str] = field(default_factory=dict)

    def as_bearer(self, token: str) -> "Shop":
        """The shop for the holder of an access token."""
        return Shop(self.client, self.mailbox_url, {"Authorization": f"Bearer {token}"})

    def as_guest(self) -> "Shop":
        """The shop for a new guest with a secret of their own."""
        return Shop(self.client, self.mailbox_url, {"Cart-Token": secrets.token_urlsafe(32)})

    async def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """One request; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(
            method, path, json=body, headers={**self.headers, **named}, timeout=20
        )

    async def sign_in(self, email: str, password: str = PASSWORD) -> "Shop":
        """The shop for an account, by the authorization code flow with PKCE (RFC 7636)."""
        token = (await self.tokens(email, password))["access_token"]
        return self.as_bearer(token)

    async def tokens(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """The token endpoint's answer at the end of the code flow."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        redirect = f"{self.client.base_url}".rstrip("/") + "/docs/oauth2-redirect"
        query = {
            "response_type": "code",
            "client_id": "swagger-ui",
            "redirect_uri": redirect,
            "scope": SCOPES,
            "state": "xyz",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        async with httpx.AsyncClient(base_url=self.client.base_url, timeout=20) as browser:
            page = await browser.get("/oauth/authorize", params=query)
            assert page.status_code == 200, page.text
            answer = await browser.post(
                form_action(page.text),
                data={**hidden_fields(page.text), "email": email, "password": password},
            )
            assert answer.status_code in (302, 303), answer.text
            back = parse_qs(urlsplit(answer.headers["location"]).query)
            assert back["state"] == ["xyz"]
            token = await browser.post(
                "/oauth/token",
                data={
                    "grant_type": "authorization_code",
                    "code": back["code"][0],
                    "redirect_uri": redirect,
                    "client_id": "swagger-ui",
                    "code_verifier": verifier,
                },
            )
        assert token.status_code == 200, token.text
        return dict(token.json())

    async def cart(self, items: Mapping[str, int]) -> tuple[str, str]:
        """A new cart with these quantities: its path and its ETag."""
        made = await self.call("POST", "/v1/carts")
        assert made.status_code in (200, 201), made.text
        path = made.headers["location"]
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()]
        filled = await self.call("PUT", f"{path}/items", {"items": lines})
        assert filled.status_code == 200, filled.text
        return path, filled.headers["etag"]

    async def order(
        self,
        items: Mapping[str, int],
        *,
        payment: str = "tok_visa",
        key: str | None = None,
        wait: int = 10,
        **more: Any,
    ) -> httpx.Response:
        """Fills a cart and orders it; the answer waits for the saga's end."""
        path, etag = await self.cart(items)
        return await self.place(path, etag, payment=payment, key=key, wait=wait, **more)

    async def place(
        self,
        path: str,
        etag: str,
        *,
        payment: str = "tok_visa",
        key: str | None = None,
        wait: int = 10,
        **more: Any,
    ) -> httpx.Response:
        """Orders the cart at `path` as it was seen under `etag`."""
        body = {
            "cart_id": path.rsplit("/", 1)[1],
            "payment": {"token": payment},
            "shipping_address": ADDRESS,
            **more,
        }
        return await self.call(
            "POST",
            "/v1/orders",
            body,
            If_Match=etag,
            Idempotency_Key=key or secrets.token_hex(8),
            Prefer=f"wait={wait}",
        )

    async def mails(self, to: str) -> list[dict[str, Any]]:
        """The newest mails to an address, whole."""
        async with httpx.AsyncClient(base_url=self.mailbox_url) as reader:
            found = await reader.get("/api/messages", params={"to": to, "limit": "10"})
            names = [mail["id"] for mail in found.json()["messages"]]
            return [(await reader.get(f"/api/messages/{name}")).json() for name in names]


def form_action(page: str) -> str:
    """Where the page's form goes."""
    match = re.search(r'<form method="post" action="([^"]+)"', page)
    assert match, page
    return html.unescape(match[1])


def hidden_fields(page: str) -> dict[str, str]:
    """The form's hidden fields, the CSRF token among them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


async def eventually(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], seconds: float = 15
) -> T:
    """Looks again until what is seen is wanted; fails with what was seen last."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        seen = await look()
        if wanted(seen):
            return seen
        assert asyncio.get_running_loop().time() < deadline, json.dumps(seen, default=str)
        await asyncio.sleep(0.05)
