"""The documentation page in a real browser: sign-in, and Try it out with what is prefilled."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, async_playwright

from chassis.testing import TokenMint
from gateway.testing import Conversation, FakeService, RunningGateway, field_of
from tests.e2e.browser import chromium

CART, ORDER = "01990000-0000-7000-8000-111111111111", "01990000-0000-7000-8000-222222222222"
SAMPLE = "01990000-0000-7000-8000-0000000000"
SAMPLE_KEY = "01990000-0000-7000-8000-00000000001d"


def header(name: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "schema": {"type": "string", "examples": [example]},
    }


def operation(name: str, *parameters: Any, body: Any = None, tag: str = "orders") -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}, "example": body}}
    return {
        "operationId": name,
        "tags": [tag],
        "parameters": list(parameters),
        "security": [{"souk": ["orders:write"]}],
        "responses": {"200": {"description": "Done"}},
        **({"requestBody": {"content": content}} if body else {}),
    }


CART_ID = {
    "name": "cart_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": SAMPLE + "c1",
}
SLUG = CART_ID | {"name": "slug", "example": "striped-paper-lantern"}
LANTERN = {"code": "99001", "variants": [{"sku": "99001R"}]}
KEY = header("Idempotency-Key", SAMPLE_KEY)
FLOW = {
    "authorizationUrl": "/oauth/authorize",
    "tokenUrl": "/oauth/token",
    "scopes": {"orders:write": "", "users:import": ""},
}
PATHS: dict[str, dict[str, Any]] = {
    "auth": {},
    "orders": {
        "/v1/carts": {"post": operation("create_cart", KEY)},
        "/v1/carts/{cart_id}/items": {
            "put": operation("replace_items", CART_ID, body={"items": []})
        },
        "/v1/orders": {
            "post": operation(
                "place_order", KEY, header("If-Match", '"0"'), body={"cart_id": SAMPLE + "c1"}
            )
        },
    },
    "catalog": {
        "/v1/products/{slug}": {
            "delete": operation("withdraw_product", SLUG, tag="catalog"),
            "patch": operation("change_product", SLUG, body={"name": "LANTERN"}, tag="catalog"),
        },
        "/v1/products": {"post": operation("create_product", KEY, body=LANTERN, tag="catalog")},
    },
}


def document(service: str) -> bytes:
    """What the service says of itself."""
    scheme = {"souk": {"type": "oauth2", "flows": {"authorizationCode": FLOW}}}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1", "description": f"What {service} does."},
        "paths": PATHS[service],
        "components": {"securitySchemes": scheme},
    }
    return json.dumps(whole).encode()


class Shop(FakeService):
    """One service, as far as the page needs it; `calls` are the API calls that all of them got."""

    def __init__(self, name: str, mint: TokenMint, calls: list[tuple[str, bytes, Any]]) -> None:
        super().__init__()
        self.name = name
        self.mint = mint
        self.calls = calls
        self.urls: dict[str, list[str]] = {}

    async def echo(self, conversation: Conversation) -> None:
        while True:
            head, body = await conversation.request()
            method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
            await self._answer(conversation, method, target, head, body)

    async def _answer(
        self, conversation: Conversation, method: str, target: str, head: bytes, body: bytes
    ) -> None:
        url, kind = urlsplit(target), b"content-type: application/json\r\n"
        if url.path == "/openapi.json":
            await conversation.answer(document(self.name), fields=kind)
        elif url.path == "/oauth/authorize":
            asked = parse_qs(url.query)
            assert asked["code_challenge_method"] == ["S256"]
            assert asked["scope"] == ["orders:write"]
            back = f"{asked['redirect_uri'][0]}?code=c&state={asked['state'][0]}"
            await conversation.answer(fields=f"location: {back}\r\n".encode(), status=302)
        elif url.path == "/oauth/token":
            assert parse_qs(body.decode())["code_verifier"]
            granted = {"access_token": self.mint.mint(), "token_type": "Bearer", "expires_in": 300}
            await conversation.answer(json.dumps(granted).encode(), fields=kind)
        else:
            self.calls.append((f"{method} {url.path}", head, json.loads(body or b"null")))
            made = {"id": ORDER if url.path == "/v1/orders" else CART}
            if url.path == "/v1/products":
                made |= {"name": "STRIPED PAPER LANTERN", "slug": f"lantern-{len(self.calls)}"}
            fields = kind + b'etag: "seen-%d"\r\n' % len(self.calls)
            await conversation.answer(json.dumps(made).encode(), fields=fields)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """Orders, which knows where all of them are."""
    mint, calls = TokenMint(), list[tuple[str, bytes, Any]]()
    fakes = {name: Shop(name, mint, calls) for name in PATHS}
    for fake in fakes.values():
        await fake.start()
    fakes["orders"].urls = {name: [fake.url] for name, fake in fakes.items()}
    yield fakes["orders"]
    for fake in fakes.values():
        await fake.stop()


async def try_out(page: Page, name: str) -> None:
    block = page.locator(f'[id^="operations-"][id$="-{name}"]')
    await block.locator(".opblock-summary-control").click()
    await block.locator(".execute").click()
    await block.locator(".live-responses-table").wait_for()


async def sign_in(page: Page) -> None:
    await page.locator(".auth-wrapper .authorize").click()
    async with page.expect_popup():
        await page.locator(".auth-btn-wrapper .authorize").click()
    await page.locator(".auth-btn-wrapper button", has_text="Logout").wait_for()
    await page.locator(".auth-btn-wrapper .btn-done").click()


@asynccontextmanager
async def docs(shop: Shop) -> AsyncIterator[Page]:
    """The page in a browser that asks for nothing from elsewhere and complains of nothing."""
    faults: list[str] = []
    async with (
        RunningGateway(mint=shop.mint, upstreams=shop.urls) as edge,
        async_playwright() as browsers,
    ):
        browser = await browsers.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(edge.url) else faults.append(r.url))
        await page.goto(f"{edge.url}/docs")
        yield page
        await browser.close()
    # Chromium takes a `data:` image of Swagger UI's for a request.
    assert [fault for fault in faults if not fault.startswith("data:")] == []


async def test_signing_in_and_trying_out_works_with_what_is_prefilled(shop: Shop) -> None:
    async with docs(shop) as page:
        await sign_in(page)
        for name in ("create_cart", "replace_items", "place_order"):
            await try_out(page, name)
        await page.reload()
        # The sign-in is remembered, and so are the ids.
        await try_out(page, "replace_items")
    check_calls(shop)


async def test_a_sample_can_be_made_twice_and_the_last_one_withdrawn(shop: Shop) -> None:
    async with docs(shop) as page:
        await sign_in(page)
        await try_out(page, "create_product")
        async with page.expect_response("**/v1/products") as again:
            await page.locator("#operations-catalog-create_product .execute").click()
        await (await again.value).finished()
        await try_out(page, "withdraw_product")
    (first, _, one), (_, _, other), (last, _, _) = shop.calls
    assert (first, last) == ("POST /v1/products", "DELETE /v1/products/lantern-2")
    assert one["code"] != other["code"]
    assert all(sent["variants"] == [{"sku": f"{sent['code']}R"}] for sent in (one, other))


async def test_what_takes_away_stands_last(shop: Shop) -> None:
    async with docs(shop) as page:
        blocks = page.locator(".opblock")
        await blocks.first.wait_for()
        names = await blocks.evaluate_all("all => all.map(one => one.id)")
    assert len(names) == 6
    assert names[-1] == "operations-catalog-withdraw_product"


def check_calls(shop: Shop) -> None:
    names = [name for name, _, _ in shop.calls]
    seen, put = "GET /v1/carts/mine", f"PUT /v1/carts/{CART}/items"
    assert names == ["POST /v1/carts", seen, put, seen, "POST /v1/orders", seen, put]
    heads = [head for _, head, _ in shop.calls]
    assert all((field_of(head, b"authorization") or b"").startswith(b"Bearer ") for head in heads)
    keys = [field_of(heads[at], b"idempotency-key") or b"" for at in (0, 4)]
    assert keys[0] != keys[1]
    assert all(re.fullmatch(rb"[0-9a-f-]{36}", key) and key != SAMPLE_KEY.encode() for key in keys)
    assert shop.calls[4][2] == {"cart_id": CART}
    # The ETag that the cart had last, four calls in.
    assert field_of(heads[4], b"if-match") == b'"seen-4"'
