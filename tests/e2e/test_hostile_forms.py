"""Every field of every form of auth, filled with SQL: it is text, and nobody gets in by it.

The forms stand in no OpenAPI document, so `test_hostile_fields.py` does not know them. They are
sent to the service itself: the gateway would soon have them wait.
"""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from native import addresses
from native.ports import Ports
from tests.e2e.authorization_by_hand import PAGES
from tests.e2e.hostile_fields import SQL
from tests.e2e.shop import PASSWORD, form_action, hidden_fields

FOR_CLIENTS = ("client_id", "client_secret", "client_assertion", "scope")
FIELDS: dict[str, tuple[str, ...]] = {
    "/oauth/sign-in": ("email", "password"),
    "/oauth/sign-in/second-step": ("code",),
    "/oauth/consent": ("allow",),
    "/oauth/logout": ("id_token_hint", "client_id", "post_logout_redirect_uri", "state"),
    "/oauth/logout/confirmed": ("sign_out",),
    "/oauth/userinfo": ("access_token",),
    "/oauth/token": (
        *("grant_type", "code", "code_verifier", "redirect_uri", "refresh_token"),
        *("subject_token", "subject_token_type", *FOR_CLIENTS),
    ),
    "/oauth/revoke": ("token", "token_type_hint", *FOR_CLIENTS),
    "/oauth/introspect": ("token", "token_type_hint", *FOR_CLIENTS),
    "/account/forgotten-password": ("email",),
    "/account/password-reset": ("token", "password"),
    "/account/email-verification": ("token",),
    "/account/verification-mail": ("email",),
    "/account/password": ("current", "new_password"),
    "/account/sessions/end": ("sid",),
    "/account/sessions/end-all": ("sid",),
    "/account/consents/withdraw": ("client_id",),
    "/account/second-factor/begin": ("current",),
    "/account/second-factor/confirm": ("code",),
    "/account/second-factor/remove": ("code",),
    "/account/providers/{provider_id}/link": ("password-for-partner",),
    "/account/providers/{provider_id}/unlink": ("password",),
}
# What makes a request whole, so that it is the field under test that is looked at.
WHOLE = {
    "grant_type": "refresh_token",
    "client_id": "swagger-ui",
    "token": "A" * 43,
    "refresh_token": "A" * 70,
    "email": "nobody@example.com",
    "password": PASSWORD,
    "current": PASSWORD,
}
# These pages are for who is not signed in; the others of the account are for its owner.
FOR_STRANGERS = ("forgotten-password", "password-reset", "email-verification")
PLACES = [(path, name) for path, names in FIELDS.items() for name in names]


@pytest.fixture
async def browser(stack: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at auth's own port."""
    own = addresses.service("auth", Ports(stack.port_base))
    async with httpx.AsyncClient(base_url=own, timeout=20) as client:
        yield client


def test_every_form_is_tried() -> None:
    assert FIELDS.keys() == {path for method, path in PAGES if method == "POST"}


async def sign_in(browser: httpx.AsyncClient) -> None:
    """As somebody new, whose account may come to harm."""
    email = f"hostile-{secrets.token_hex(8)}@example.com"
    person = {"email": email, "password": PASSWORD, "name": "Hal"}
    assert (await browser.post("/v1/users", json=person)).status_code == 201
    page = await browser.get("/oauth/sign-in")
    form = {**hidden_fields(page.text), "email": email, "password": PASSWORD}
    answer = await browser.post(form_action(page.text), data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


@pytest.mark.parametrize(("path", "name"), PLACES)
async def test_sql_in_a_form_is_only_text(browser: httpx.AsyncClient, path: str, name: str) -> None:
    owned = path.startswith("/account/") and not path.endswith(FOR_STRANGERS)
    if owned:
        await sign_in(browser)
    page = await browser.get("/account" if owned else "/account/forgotten-password")
    given = {field: WHOLE[field] for field in FIELDS[path] if field in WHOLE}
    for text in SQL:
        form = {**hidden_fields(page.text), **given, name: text}
        answer = await browser.post(path.replace("{provider_id}", "partner"), data=form)
        assert answer.status_code < 500, (text, answer.text)
        assert "code=" not in answer.headers.get("location", ""), text
        assert "access_token" not in answer.text


async def test_sql_in_place_of_a_password_signs_nobody_in(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/oauth/sign-in")
    for text in SQL:
        for email in ("customer@souk.example", text):
            form = {**hidden_fields(page.text), "email": email, "password": text}
            answer = await browser.post(form_action(page.text), data=form)
            assert answer.status_code in (422, 429), answer.text
    assert (await browser.get("/account")).headers["location"] == "/oauth/sign-in"
