"""The second step, from the QR code to the sign-in with a recovery code."""

import re

import httpx
import pytest
from pyotp import TOTP

from auth.domain.throttling import PASSWORD_CHECK, SECOND_FACTOR
from services.auth.tests.api.test_account_page import CUSTOMER, PASSWORD, act, sign_in
from services.auth.tests.mailbox import Mailbox
from services.auth.tests.world import CodeFlow, World, action, code_of, csrf

PAGE = "/account/second-factor"


async def begin(api: httpx.AsyncClient) -> TOTP:
    """Presses "Set it up" and reads the secret off the page."""
    shown = await act(api, f"{PAGE}/begin", current=PASSWORD)
    assert "<svg" in shown.text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", shown.text)
    assert found, shown.text
    return TOTP(found[1].replace(" ", ""))


def next_code(totp: TOTP, world: World) -> str:
    """A code that was not used yet: time goes by."""
    world.clock.forward(seconds=30)
    return totp.at(world.clock())


async def turn_on(api: httpx.AsyncClient, world: World) -> tuple[TOTP, list[str]]:
    await sign_in(api)
    totp = await begin(api)
    page = await act(api, f"{PAGE}/confirm", code=next_code(totp, world))
    codes = re.findall(r"<li>([a-z2-7-]{27})</li>", page.text)
    assert len(codes) == 10, page.text
    world.clock.forward(seconds=1)
    return totp, codes


async def first_step(flow: CodeFlow) -> httpx.Response:
    page = await flow.sign_in(CUSTOMER)
    assert page.status_code == 200
    assert "One more step" in page.text
    return page


async def test_signing_in_takes_a_code_once_it_is_on(api: httpx.AsyncClient, seeded: World) -> None:
    totp, _codes = await turn_on(api, seeded)
    api.cookies.clear()
    flow = CodeFlow(api)
    page = await first_step(flow)
    assert "location" not in page.headers
    answer = await flow.submit(page, code=next_code(totp, seeded))
    tokens = await flow.redeem(code_of(answer))
    assert tokens.status_code == 200
    methods = {session.methods for session in seeded.sessions.kept.values()}
    assert ("pwd", "otp", "mfa") in methods


async def test_the_password_alone_opens_nothing(api: httpx.AsyncClient, seeded: World) -> None:
    await turn_on(api, seeded)
    api.cookies.clear()
    seeded.sessions.kept.clear()
    await first_step(CodeFlow(api))
    assert seeded.sessions.kept == {}
    assert (await api.get("/account")).status_code == 303
    page = await CodeFlow(api).open()
    assert 'type="password"' in page.text


async def test_a_code_works_once_and_a_wrong_one_never(
    api: httpx.AsyncClient, seeded: World
) -> None:
    totp, _codes = await turn_on(api, seeded)
    flow = CodeFlow(api)
    api.cookies.clear()
    code = next_code(totp, seeded)
    assert (await flow.submit(await first_step(flow), code=code)).status_code == 303
    api.cookies.clear()
    page = await first_step(flow)
    for wrong in (code, "000000", "", "not a code"):
        answer = await flow.submit(page, code=wrong)
        assert answer.status_code == 422
        assert "wrong or was used before" in answer.text


async def test_a_recovery_code_works_once(api: httpx.AsyncClient, seeded: World) -> None:
    _totp, codes = await turn_on(api, seeded)
    flow = CodeFlow(api)
    for code, status in ((codes[0].upper(), 303), (codes[0], 422), (codes[1], 303)):
        api.cookies.clear()
        answer = await flow.submit(await first_step(flow), code=code)
        assert answer.status_code == status


async def test_a_guesser_with_the_password_must_wait_after_a_few_codes(
    api: httpx.AsyncClient, seeded: World
) -> None:
    totp, _codes = await turn_on(api, seeded)
    flow = CodeFlow(api)
    api.cookies.clear()
    page = await first_step(flow)
    for _ in range(SECOND_FACTOR.burst):
        assert (await flow.submit(page, code="000000")).status_code == 422
    answer = await flow.submit(page, code=next_code(totp, seeded))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_the_second_step_needs_the_first_in_the_same_browser(
    api: httpx.AsyncClient, seeded: World
) -> None:
    totp, _codes = await turn_on(api, seeded)
    api.cookies.clear()
    flow = CodeFlow(api)
    page = await flow.open()
    path = action(page).replace("/oauth/sign-in", "/oauth/sign-in/second-step")
    form = {"csrf": csrf(page), "code": next_code(totp, seeded)}
    answer = await api.post(path, data=form)
    assert answer.status_code == 403
    assert "too long" in answer.text
    assert seeded.uow.shelf.second_factors


async def test_the_cookie_is_renewed_at_each_step(api: httpx.AsyncClient, seeded: World) -> None:
    totp, _codes = await turn_on(api, seeded)
    api.cookies.clear()
    flow, seen = CodeFlow(api), []
    await flow.open()
    seen.append(api.cookies["souk_session"])
    page = await first_step(flow)
    seen.append(api.cookies["souk_session"])
    await flow.submit(page, code=next_code(totp, seeded))
    seen.append(api.cookies["souk_session"])
    assert len(set(seen)) == 3


async def test_a_password_changed_between_the_steps_ends_the_sign_in(
    api: httpx.AsyncClient, seeded: World
) -> None:
    totp, _codes = await turn_on(api, seeded)
    api.cookies.clear()
    flow = CodeFlow(api)
    page = await first_step(flow)
    (customer, *_others) = seeded.uow.shelf.users.values()
    seeded.clock.forward(seconds=1)
    customer.sign_out(seeded.clock())
    assert (await flow.submit(page, code=next_code(totp, seeded))).status_code == 422


async def test_it_is_on_only_after_the_app_has_shown_a_right_code(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    await begin(api)
    answer = await act(api, f"{PAGE}/confirm", code="000000")
    assert answer.status_code == 422
    api.cookies.clear()
    assert (await sign_in(api)).status_code == 303
    totp = await begin(api)
    assert (await act(api, f"{PAGE}/confirm", code=next_code(totp, seeded))).status_code == 200
    again = await act(api, f"{PAGE}/begin", current=PASSWORD)
    assert again.status_code == 409


async def test_nobody_sets_it_up_at_a_browser_that_was_left_alone(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    for _ in range(PASSWORD_CHECK.burst):
        answer = await act(api, f"{PAGE}/begin", current="a guess")
        assert (answer.status_code, "<svg" in answer.text) == (422, False)
        assert 'role="alert"' in answer.text
    assert (await act(api, f"{PAGE}/begin", current=PASSWORD)).status_code == 429
    assert seeded.uow.shelf.second_factors == {}


async def test_turning_it_on_signs_out_elsewhere_and_sends_a_mail(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    api.cookies.clear()
    seeded.clock.forward(seconds=1)
    await turn_on(api, seeded)
    assert len(seeded.sessions.kept) == 1
    (mail,) = await Mailbox().deliver(seeded)
    assert mail.kind == "second-factor-on"


async def test_turning_it_off_takes_a_code_and_sends_a_mail(
    api: httpx.AsyncClient, seeded: World
) -> None:
    totp, _codes = await turn_on(api, seeded)
    await Mailbox().deliver(seeded)
    assert (await act(api, f"{PAGE}/remove", code="000000")).status_code == 422
    assert (await act(api, f"{PAGE}/remove", code=next_code(totp, seeded))).status_code == 200
    (mail,) = await Mailbox().deliver(seeded)
    assert mail.kind == "second-factor-off"
    api.cookies.clear()
    assert (await sign_in(api)).headers["location"] == "/account"


async def test_a_new_password_does_not_take_the_second_step_away(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await turn_on(api, seeded)
    new = "a few new words"
    await act(api, "/account/password", current=PASSWORD, new_password=new)
    api.cookies.clear()
    page = await CodeFlow(api).sign_in(CUSTOMER, new)
    assert "One more step" in page.text


@pytest.mark.parametrize("path", ["", "/begin", "/confirm", "/remove"])
async def test_the_pages_are_for_who_is_signed_in(api: httpx.AsyncClient, path: str) -> None:
    page = await api.get("/account/forgotten-password")
    if path:
        answer = await api.post(PAGE + path, data={"csrf": csrf(page), "code": "1"})
    else:
        answer = await api.get(PAGE)
    assert answer.headers["location"] == "/oauth/sign-in"
