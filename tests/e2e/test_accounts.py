"""An account's life through the gateway: registered, confirmed, forgotten, signed out everywhere.

The links come out of the mailbox, as they do for a person, and a session that ends takes its
access tokens with it at the gateway within five seconds.
"""

import re
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.shop import Shop, eventually, form_action, hidden_fields

FIRST, SECOND = "correct horse battery", "four words without sense"
ME, SESSIONS = "/v1/users/me", "/v1/users/me/sessions"


async def link_to(shop: Shop, email: str, path: str) -> str:
    """The link of the newest mail that leads to this page."""
    mails = await eventually(
        lambda: shop.mails(email), lambda found: any(path in mail["text"] for mail in found)
    )
    text = next(mail["text"] for mail in mails if path in mail["text"])
    found = re.search(rf"https?://\S+({re.escape(path)}\?token=[\w-]+)", text)
    assert found, text
    return found[1]


async def press(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Opens a page and sends its first form."""
    page = await browser.get(path)
    assert page.status_code == 200, page.text
    form = hidden_fields(page.text) | fields
    return await browser.post(form_action(page.text), data=form)


async def registered(shop: Shop) -> str:
    email = f"ada-{uuid4().hex[:12]}@example.com"
    body = {"email": email, "name": "Ada Lovelace", "password": FIRST}
    answer = await shop.call("POST", "/v1/users", body)
    assert (answer.status_code, answer.json()["email_verified"]) == (201, False)
    return email


async def status(shop: Shop) -> int:
    return (await shop.call("GET", ME)).status_code


async def test_an_address_is_confirmed_and_a_forgotten_password_replaced(shop: Shop) -> None:
    email = await registered(shop)
    async with httpx.AsyncClient(base_url=shop.client.base_url) as browser:
        link = await link_to(shop, email, "/account/email-verification")
        assert "is confirmed" in (await press(browser, link)).text
        ada = await shop.sign_in(email, FIRST)
        assert (await ada.call("GET", ME)).json()["email_verified"] is True

        await press(browser, "/account/forgotten-password", email=email)
        link = await link_to(shop, email, "/account/password-reset")
        assert (await press(browser, link, password=SECOND)).status_code == 200
        assert (await browser.get(link)).status_code == 410
    await is_over(ada)
    assert await status(await shop.sign_in(email, SECOND)) == 200


async def is_over(ada: Shop) -> None:
    """The gateway has heard of it within five seconds."""
    began = monotonic()
    await eventually(lambda: status(ada), lambda seen: seen == 401, seconds=5)
    assert monotonic() - began < 5


async def test_signing_out_everywhere_ends_what_came_from_there(shop: Shop) -> None:
    email = await registered(shop)
    here, there = await shop.sign_in(email, FIRST), await shop.sign_in(email, FIRST)
    sessions: list[Any] = (await here.call("GET", SESSIONS)).json()["items"]
    assert [one["current"] for one in sessions] == [False, True]
    others = await here.call("DELETE", f"{SESSIONS}?keep_current=true")
    assert others.status_code == 204
    await is_over(there)
    assert await status(here) == 200
    assert (await here.call("DELETE", SESSIONS)).status_code == 204
    await is_over(here)
