"""The account page: what its owner sees and changes there, and nobody else."""

import httpx

from auth.domain.session import IDLE
from services.auth.tests.mailbox import Mailbox
from services.auth.tests.world import CodeFlow, World, csrf

CUSTOMER, PASSWORD = "customer@souk.example", "souk-demo-2026"


async def sign_in(api: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    """Signs in without a client, as somebody who opens the account page does."""
    page = await api.get("/oauth/sign-in")
    assert page.status_code == 200
    form = {"csrf": csrf(page), "email": CUSTOMER, "password": password}
    return await api.post("/oauth/sign-in", data=form)


async def act(api: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    page = await api.get("/account")
    return await api.post(path, data={"csrf": csrf(page), **fields})


async def test_who_is_not_signed_in_is_led_to_the_form_and_back(api: httpx.AsyncClient) -> None:
    answer = await api.get("/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/sign-in")
    answer = await sign_in(api)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = await api.get("/account")
    assert page.status_code == 200
    assert f"<strong>{CUSTOMER}</strong>" in page.text
    assert "(this one)" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_session_that_nobody_uses_ends(api: httpx.AsyncClient, seeded: World) -> None:
    await sign_in(api)
    for _ in range(11):
        seeded.clock.now += IDLE * 0.99
        assert (await api.get("/account")).status_code == 200
    seeded.clock.now += IDLE
    assert (await api.get("/account")).status_code == 303


async def test_a_session_ends_after_half_a_day_whatever_is_done(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    for _ in range(15):
        seeded.clock.forward(minutes=48)
        answer = await api.get("/account")
    assert answer.status_code == 303


async def test_signing_out_elsewhere_leaves_this_browser_signed_in(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    (there,) = seeded.sessions.kept.values()
    api.cookies.clear()
    await sign_in(api)
    answer = await act(api, "/account/sessions/end", sid=str(there.sid))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert there.sid not in [session.sid for session in seeded.sessions.kept.values()]
    assert (await api.get("/account")).status_code == 200


async def test_signing_out_here_or_everywhere_ends_at_the_form(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    (here,) = seeded.sessions.kept.values()
    answer = await act(api, "/account/sessions/end", sid=str(here.sid))
    assert answer.headers["location"] == "/oauth/sign-in"
    seeded.clock.forward(seconds=1)
    await sign_in(api)
    answer = await act(api, "/account/sessions/end-all")
    assert answer.headers["location"] == "/oauth/sign-in"
    assert seeded.sessions.kept == {}
    assert (await api.get("/account")).status_code == 303


async def test_what_is_no_session_ends_none(api: httpx.AsyncClient, seeded: World) -> None:
    await sign_in(api)
    await act(api, "/account/sessions/end", sid="'; DROP TABLE users --")
    assert len(seeded.sessions.kept) == 1


async def test_the_password_is_changed_with_the_current_one_only(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    new = "a few new words"
    for current, chosen in (("wrong", new), (PASSWORD, "short")):
        answer = await act(api, "/account/password", current=current, new_password=chosen)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    answer = await act(api, "/account/password", current=PASSWORD, new_password=new)
    assert answer.status_code == 200
    assert (await api.get("/account")).status_code == 200
    api.cookies.clear()
    assert (await sign_in(api)).status_code == 422
    assert (await sign_in(api, new)).status_code == 303


async def test_a_browser_that_is_signed_in_elsewhere_is_out_after_the_change(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    other = api.cookies["souk_session"]
    api.cookies.clear()
    seeded.clock.forward(seconds=1)
    await sign_in(api)
    await act(api, "/account/password", current=PASSWORD, new_password="a few new words")
    api.cookies.clear()
    headers = {"Cookie": f"souk_session={other}"}
    assert (await api.get("/account", headers=headers)).status_code == 303


async def test_the_link_is_sent_again_while_the_address_is_not_confirmed(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await sign_in(api)
    assert "not confirmed" not in (await api.get("/account")).text
    await act(api, "/account/verification-mail")
    assert await Mailbox().deliver(seeded) == []
    (customer, *_others) = seeded.uow.shelf.users.values()
    customer.email_verified_at = None
    assert "not confirmed" in (await api.get("/account")).text
    await act(api, "/account/verification-mail")
    (mail,) = await Mailbox().deliver(seeded)
    assert mail.kind == "verify-email"


async def test_the_account_can_be_signed_in_to_on_the_way_from_a_client(
    api: httpx.AsyncClient,
) -> None:
    await CodeFlow(api).sign_in(CUSTOMER)
    assert (await api.get("/account")).status_code == 200
