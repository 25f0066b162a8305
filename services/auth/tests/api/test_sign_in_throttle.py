"""Guessing at the sign-in page ends soon, and the owner of an account gets in all the same."""

import httpx
import pytest
from fastapi import Response

from auth.domain.throttling import SIGN_IN_ACCOUNT, SIGN_IN_ADDRESS
from services.auth.tests.world import CodeFlow, World

CUSTOMER = "customer@souk.example"


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


async def guess(flow: CodeFlow, times: int, email: str = CUSTOMER) -> httpx.Response:
    page = await flow.open()
    for _ in range(times):
        answer = await flow.submit(page, email=email, password="wrong")
    return answer


@pytest.mark.parametrize("email", [CUSTOMER, "stranger@souk.example", "no address"])
async def test_after_some_guesses_one_must_wait_known_or_not(
    flow: CodeFlow, seeded: World, email: str
) -> None:
    assert (await guess(flow, SIGN_IN_ACCOUNT.burst, email)).status_code == 422
    seeded.passwords.computed = 0
    answer = await guess(flow, 1, email)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert "Too many tries" in answer.text
    assert seeded.passwords.computed == 0


async def test_the_right_password_does_not_help_a_guesser_who_must_wait(flow: CodeFlow) -> None:
    await guess(flow, SIGN_IN_ACCOUNT.burst)
    assert (await flow.sign_in(CUSTOMER)).status_code == 429
    assert (await flow.sign_in("admin@souk.example")).status_code == 303


async def test_the_owners_browser_is_not_shut_out_by_a_strangers_guesses(flow: CodeFlow) -> None:
    assert (await flow.sign_in(CUSTOMER)).status_code == 303
    device = flow.browser.cookies["souk_device"]
    flow.browser.cookies.clear()
    await guess(flow, SIGN_IN_ACCOUNT.burst + 1)
    flow.browser.cookies.set("souk_device", device, domain="localhost.local")
    assert (await flow.sign_in(CUSTOMER)).status_code == 303


async def test_a_stolen_device_cookie_has_its_own_bound_and_opens_no_other_account(
    flow: CodeFlow,
) -> None:
    await flow.sign_in(CUSTOMER)
    flow.browser.cookies.delete("souk_session")
    await guess(flow, SIGN_IN_ACCOUNT.burst)
    assert (await flow.sign_in(CUSTOMER)).status_code == 429
    assert (await guess(flow, 10, "admin@souk.example")).status_code == 422
    assert (await guess(flow, 1, "admin@souk.example")).status_code == 429


async def test_one_address_cannot_try_a_list_of_accounts(flow: CodeFlow) -> None:
    page = await flow.open()
    for number in range(SIGN_IN_ADDRESS.burst):
        email = f"customer-{number}@example.com"
        answer = await flow.submit(page, email=email, password="password123")
        assert answer.status_code == 422
    assert (await flow.submit(page, email=CUSTOMER, password="wrong")).status_code == 429


async def test_signing_in_rightly_costs_nothing(flow: CodeFlow, seeded: World) -> None:
    for _ in range(SIGN_IN_ADDRESS.burst + 1):
        seeded.sessions.kept.clear()
        assert (await flow.sign_in(CUSTOMER)).status_code == 303


def test_cookies_belong_to_this_host_alone_under_https(world: World) -> None:
    from dataclasses import replace

    from auth.api.browser import Browser
    from auth.domain.session import Visitor

    container = replace(world.container(), issuer="https://shop.example")
    answer = Response()
    browser = Browser(container, "s" * 43, "", Visitor("", ""))
    browser.keep(answer)
    browser.remember_device(answer, "a@example.com")
    for cookie in answer.headers.getlist("set-cookie"):
        assert cookie.startswith("__Host-souk_")
        for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert attribute in cookie
        assert "Domain" not in cookie
