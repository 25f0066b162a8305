"""A secret that is sent everywhere appears in no log, no span and no event.

Each field gets a word of its own, so that a failure names the field. Every process gets them: the
gateway as a client would send them, and each service directly.
"""

import base64
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.e2e.listening_post import ListeningPost, opened
from tests.e2e.otlp_receiver import Collector
from tests.e2e.processes import Processes
from tests.e2e.shop import PASSWORD, SKU, SLUG, Shop, eventually, form_action, hidden_fields

SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
# A process sends its spans every five seconds.
PATIENCE = 40


@dataclass
class Canaries:
    """Words that were sent, by the place where: `secret` ones, and personal data."""

    secret: dict[str, str] = field(default_factory=dict)
    personal: dict[str, str] = field(default_factory=dict)

    def word(self, place: str, shape: str = "{}") -> str:
        """A new secret; `shape` is what its field wants."""
        return self._add(self.secret, place, shape)

    def person(self, place: str, shape: str = "{}") -> str:
        """A new name or e-mail address."""
        return self._add(self.personal, place, shape)

    def card(self, place: str) -> str:
        """A number that could be a card's: the last digit is the check of ISO/IEC 7812."""
        digits = "4" + "".join(secrets.choice("0123456789") for _ in range(14))
        doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::2])
        total = doubled + sum(map(int, digits[1::2]))
        number = self.secret[place] = digits + str(-total % 10)
        return number

    def _add(self, words: dict[str, str], place: str, shape: str) -> str:
        words[place] = "c4n4ry" + secrets.token_hex(8)
        return shape.format(words[place])


@dataclass
class Heard:
    """What was sent and what was written down."""

    canaries: Canaries
    control: str
    logs: dict[str, bytes]
    spans: bytes
    events: bytes


@pytest.fixture(scope="module")
async def heard(
    stack: Any, shop: Shop, spans: Collector, processes_of_stack: Processes
) -> AsyncIterator[Heard]:
    """Everything is sent, and everything is written."""
    canaries, control = Canaries(), "seen" + secrets.token_hex(8)
    async with opened(stack, spans) as post:
        await _as_a_buyer(shop, canaries)
        await _into_forms(shop, canaries)
        for name in ("gateway", *SERVICES):
            port = processes_of_stack.known(name).port
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                await _everywhere(client, name, canaries)
                await _control(client, control, spans, name)
        yield await _all_of(post, canaries, control)


@pytest.fixture(scope="module")
def processes_of_stack(stack: Any) -> Processes:
    return Processes.of(stack)


async def _as_a_buyer(shop: Shop, canaries: Canaries) -> None:
    """What a person types who registers and buys: it is kept, and read by those it is for."""
    email = canaries.person("e-mail", "{}@souk.example")
    person = {
        "email": email,
        "name": canaries.person("name"),
        "password": canaries.word("new password", "{}-A1"),
    }
    registered = await shop.call("POST", "/v1/users", person, Idempotency_Key=secrets.token_hex(8))
    assert registered.status_code == 201, registered.text
    guest = Shop(shop.client, shop.mailbox_url, {"Cart-Token": _cart_token(canaries)})
    contact = {"email": canaries.person("contact", "{}@souk.example"), "name": canaries.person("c")}
    placed = await guest.order({SKU: 1}, contact=contact)
    assert placed.status_code == 201, placed.text
    path, etag = await guest.cart({SKU: 1})
    more: dict[str, Any] = {
        "contact": contact,
        "card_number": canaries.card("card in an order"),
        "cvc": canaries.word("cvc"),
    }
    assert (await guest.place(path, etag, **more)).status_code == 422


def _cart_token(canaries: Canaries) -> str:
    word = canaries.word("cart token")
    return word + secrets.token_urlsafe(32)[: 43 - len(word)]


async def _into_forms(shop: Shop, canaries: Canaries) -> None:
    """What is typed into the pages of auth, and sent to its token endpoint."""
    async with httpx.AsyncClient(base_url=shop.client.base_url) as browser:
        page = await browser.get("/account/forgotten-password")
        fields = hidden_fields(page.text)
        email = canaries.person("address of a form", "{}@souk.example")
        await browser.post("/account/forgotten-password", data={**fields, "email": email})
        await browser.get("/account/password-reset", params={"token": canaries.word("link")})
        await _try_to_sign_in(browser, canaries)
        for grant in ("authorization_code", "refresh_token", "client_credentials", "password"):
            names = ("code", "code_verifier", "refresh_token", "client_secret", "client_assertion")
            secret = {name: canaries.word(f"{grant}: {name}") for name in names}
            form = {"grant_type": grant, "client_id": "swagger-ui", **secret}
            await browser.post("/oauth/token", data=form)
        for path in ("/oauth/revoke", "/oauth/introspect"):
            await browser.post(path, data={"token": canaries.word(path)})


async def _try_to_sign_in(browser: httpx.AsyncClient, canaries: Canaries) -> None:
    query = {
        "response_type": "code",
        "client_id": "swagger-ui",
        "redirect_uri": f"{browser.base_url}".rstrip("/") + "/docs/oauth2-redirect",
        "scope": "profile",
        "state": canaries.word("state"),
        "code_challenge": secrets.token_urlsafe(32),
        "code_challenge_method": "S256",
    }
    page = await browser.get("/oauth/authorize", params=query)
    wrong = {"email": "customer@souk.example", "password": canaries.word("password")}
    answer = await browser.post(form_action(page.text), data=hidden_fields(page.text) | wrong)
    assert answer.status_code in (400, 401, 403, 422), answer.text
    assert PASSWORD not in answer.text


async def _everywhere(client: httpx.AsyncClient, name: str, canaries: Canaries) -> None:
    """Fields, query, cookie, token and bodies, good and broken, for any process."""

    def word(place: str, shape: str = "{}") -> str:
        return canaries.word(f"{name}: {place}", shape)

    basic = canaries.secret[f"{name}: basic"] = base64.b64encode(
        b"shop:" + secrets.token_bytes(18)
    ).decode()
    token = canaries.secret[f"{name}: jwt"] = "eyJhbGciOiJub25lIn0.e30." + secrets.token_hex(8)
    for authorization in (f"Basic {basic}", f"Bearer {token}", word("bearer", "Bearer {}")):
        await client.get("/v1/orders", headers={"Authorization": authorization})
    headers = {
        "Cookie": word("cookie", "souk={}"),
        "X-Api-Key": word("x-api-key"),
        "Cart-Token": word("cart-token"),
        "Proxy-Authorization": word("proxy", "Basic {}"),
        "baggage": word("baggage", "user={}"),
        "tracestate": word("tracestate", "souk={}"),
        "X-User-Id": word("x-user-id"),
        "X-Forwarded-For": word("x-forwarded-for"),
        "User-Agent": word("user-agent"),
        "Referer": word("referer", "https://x.example/?token={}"),
    }
    query = {key: word(f"query {key}") for key in ("q", "token", "password", "code", "cursor")}
    body: dict[str, Any] = {key: word(f"body {key}") for key in ("password", "token", "secret")}
    body |= {"card": canaries.card(f"{name}: card"), "email": word("body e-mail", "{}@x.example")}
    for path in ("/v1/products", f"/v1/products/{SLUG}", "/v1/carts", "/v1/users", "/v1/nothing"):
        await client.get(path, params=query, headers=headers)
        await client.post(path, params=query, headers=headers, json=body)
        await client.post(path, headers=headers, data=body)
        broken = word(f"broken JSON {path}", '{{"password": "{}", ')
        kind = {"Content-Type": "application/json"}
        await client.post(path, headers=headers | kind, content=broken)
    await client.get("/v1/users/" + word("address in a path", "{}@x.example"))


async def _control(client: httpx.AsyncClient, control: str, spans: Collector, service: str) -> None:
    """A word that is no secret, sent where it is written down; its span comes after the others."""
    trace = secrets.token_hex(16)
    sent = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
    answer = await client.get(f"/v1/products/{control}", headers=sent)
    # The gateway begins a trace of its own, and names the request by it.
    known = answer.headers["x-request-id"] if "ratelimit" in answer.headers else trace

    async def senders() -> set[str]:
        return {span.service for span in spans.trace(known)}

    await eventually(senders, lambda seen: service in seen, PATIENCE)


async def _all_of(post: ListeningPost, canaries: Canaries, control: str) -> Heard:
    return Heard(canaries, control, post.logs(), post.spans(), await post.events())


def found(words: dict[str, str], text: bytes) -> list[str]:
    """The places whose word is in a text."""
    return [place for place, word in words.items() if word.encode() in text]


async def test_the_ears_are_open(heard: Heard) -> None:
    """Without this, the tests below could pass because nothing was heard."""
    for name in ("gateway", *SERVICES):
        assert heard.control.encode() in heard.logs[f"{name}.log"]
    assert b"/v1/products/{slug}" in heard.spans
    assert "e-mail" in found(heard.canaries.personal, heard.events)
    assert len(heard.canaries.secret) > 150


async def test_no_secret_is_in_a_log(heard: Heard) -> None:
    for name, text in heard.logs.items():
        assert found(heard.canaries.secret, text) == [], name


async def test_no_secret_is_in_a_span(heard: Heard) -> None:
    assert found(heard.canaries.secret, heard.spans) == []


async def test_no_secret_is_in_an_event(heard: Heard) -> None:
    assert found(heard.canaries.secret, heard.events) == []


async def test_names_and_addresses_are_in_no_log_and_no_span(heard: Heard) -> None:
    for name, text in {**heard.logs, "spans": heard.spans}.items():
        assert found(heard.canaries.personal, text) == [], name
