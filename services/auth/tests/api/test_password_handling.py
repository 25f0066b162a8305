"""How passwords are asked for, compared and replaced, as OWASP ASVS 5.0 V6.2 and V6.4 want it."""

import re

import httpx
import pytest

from services.auth.tests.api.test_account_links import NEW, hidden_token, reset_page, submit
from services.auth.tests.api.test_account_page import CUSTOMER, PASSWORD, sign_in
from services.auth.tests.api.test_second_step import turn_on
from services.auth.tests.mailbox import Mailbox
from services.auth.tests.world import CodeFlow, World


def fields(page: httpx.Response) -> list[str]:
    """The inputs of a page that take a password."""
    return [tag for tag in re.findall(r"<input[^>]*>", page.text) if "password" in tag]


async def test_every_field_for_a_password_hides_it_and_may_be_filled_in_by_a_manager(
    api: httpx.AsyncClient, seeded: World
) -> None:
    pages = [await api.get("/oauth/sign-in"), await reset_page(api, seeded, Mailbox())]
    await sign_in(api)
    pages.append(await api.get("/account"))
    assert [len(fields(page)) for page in pages] == [1, 1, 2]
    for page in pages:
        for tag in fields(page):
            assert 'type="password"' in tag
            assert re.search(r'autocomplete="(current|new)-password"', tag)
        assert "<script" not in page.text
        assert "onpaste" not in page.text


@pytest.mark.parametrize(
    "typed",
    ["Souk-demo-2026", "souk-demo-2026 ", " souk-demo-2026", "souk-demo-202", "ｓouk-demo-2026"],
)
async def test_a_password_is_compared_as_it_was_typed(api: httpx.AsyncClient, typed: str) -> None:
    assert (await CodeFlow(api).sign_in(CUSTOMER, typed)).status_code == 422
    assert (await CodeFlow(api).sign_in(CUSTOMER, PASSWORD)).status_code == 303


async def test_a_password_of_a_hundred_characters_is_taken_to_its_last(
    api: httpx.AsyncClient,
) -> None:
    phrase = "x marks the spot " * 7 + "and no other"
    body = {"email": "long@example.com", "name": "Lou", "password": phrase[:128]}
    assert (await api.post("/v1/users", json=body)).status_code == 201
    assert (await CodeFlow(api).sign_in("long@example.com", phrase[:127])).status_code == 422
    assert (await CodeFlow(api).sign_in("long@example.com", phrase[:128])).status_code == 303


async def test_a_password_does_not_grow_old(api: httpx.AsyncClient, seeded: World) -> None:
    seeded.clock.forward(days=3650)
    assert (await CodeFlow(api).sign_in(CUSTOMER, PASSWORD)).status_code == 303


async def test_a_reset_by_mail_opens_nothing_and_leaves_the_second_step_on(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await turn_on(api, seeded)
    await Mailbox().deliver(seeded)
    api.cookies.clear()
    seeded.sessions.kept.clear()
    page = await reset_page(api, seeded, Mailbox())
    assert (await submit(api, page, token=hidden_token(page), password=NEW)).status_code == 200
    assert seeded.sessions.kept == {}
    assert (await api.get("/account")).status_code == 303
    assert "One more step" in (await CodeFlow(api).sign_in(CUSTOMER, NEW)).text
    assert seeded.sessions.kept == {}
