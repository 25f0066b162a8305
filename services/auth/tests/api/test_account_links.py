"""Forgotten passwords and unconfirmed addresses, from the page to the mail to the end."""

from typing import Any

import httpx
import pytest

from auth.domain.throttling import MAIL_ACCOUNT, MAIL_ADDRESS
from services.auth.tests.mailbox import Mailbox, link_of
from services.auth.tests.world import CodeFlow, World, action, code_of, csrf

CUSTOMER = "customer@souk.example"
NEW = "a few new words"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


async def submit(api: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    return await api.post(action(page), data={"csrf": csrf(page), **fields})


async def forget(api: httpx.AsyncClient, email: str = CUSTOMER) -> httpx.Response:
    return await submit(api, await api.get("/account/forgotten-password"), email=email)


async def reset_page(api: httpx.AsyncClient, world: World, mailbox: Mailbox) -> httpx.Response:
    await forget(api)
    (mail,) = await mailbox.deliver(world)
    page = await api.get(link_of(mail))
    assert page.status_code == 200
    return page


def hidden_token(page: httpx.Response) -> str:
    return page.text.split('name="token" value="')[1].split('"')[0]


async def test_a_forgotten_password_is_replaced_by_way_of_the_mailbox(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    page = await reset_page(api, seeded, mailbox)
    answer = await submit(api, page, token=hidden_token(page), password=NEW)
    assert answer.status_code == 200
    flow = CodeFlow(api)
    assert (await flow.sign_in(CUSTOMER)).status_code == 422
    assert (await flow.sign_in(CUSTOMER, NEW)).status_code == 303
    (told,) = await mailbox.deliver(seeded)
    assert told.subject == "Your password was changed"


@pytest.mark.parametrize("email", [CUSTOMER, "CUSTOMER@souk.example", "stranger@souk.example"])
async def test_the_answer_and_the_work_are_the_same_for_every_address(
    api: httpx.AsyncClient, seeded: World, email: str
) -> None:
    known = await forget(api)
    before = len(seeded.uow.shelf.mails)
    answer = await forget(api, email)
    assert (answer.status_code, answer.text) == (known.status_code, known.text)
    assert len(seeded.uow.shelf.mails) == before + 1
    assert seeded.passwords.computed == 0


async def test_what_is_no_address_is_said_to_be_none(api: httpx.AsyncClient) -> None:
    answer = await forget(api, "no address")
    assert answer.status_code == 422
    assert "This is not an e-mail address." in answer.text


async def test_a_link_works_once(api: httpx.AsyncClient, seeded: World, mailbox: Mailbox) -> None:
    page = await reset_page(api, seeded, mailbox)
    token = hidden_token(page)
    assert (await submit(api, page, token=token, password=NEW)).status_code == 200
    again = await submit(api, page, token=token, password="another password")
    assert again.status_code == 410
    assert "used before" in again.text
    assert (await CodeFlow(api).sign_in(CUSTOMER, NEW)).status_code == 303


async def test_a_link_works_for_half_an_hour(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    page = await reset_page(api, seeded, mailbox)
    seeded.clock.forward(minutes=29, seconds=59)
    short = await submit(api, page, token=hidden_token(page), password="short")
    assert short.status_code == 422
    seeded.clock.forward(seconds=1)
    late = await submit(api, page, token=hidden_token(page), password=NEW)
    assert late.status_code == 410


async def test_a_used_link_makes_the_others_useless(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    page = await reset_page(api, seeded, mailbox)
    await forget(api)
    (mail,) = await mailbox.deliver(seeded)
    await submit(api, page, token=hidden_token(page), password=NEW)
    assert (await api.get(link_of(mail))).status_code == 410


async def test_looking_at_a_link_does_not_use_it_up(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    await forget(api)
    (mail,) = await mailbox.deliver(seeded)
    for _ in range(3):
        assert (await api.get(link_of(mail))).status_code == 200
    assert (await api.get("/account/password-reset?token=made-up")).status_code == 410
    assert (await api.get("/account/password-reset")).status_code == 410


@pytest.mark.parametrize("password", ["short", "caseycustomer"])
async def test_a_password_that_is_refused_keeps_the_link(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox, password: str
) -> None:
    page = await reset_page(api, seeded, mailbox)
    again = await submit(api, page, token=hidden_token(page), password=password)
    assert 'role="alert"' in again.text
    assert (again.status_code, hidden_token(again)) == (422, hidden_token(page))
    assert (await submit(api, again, token=hidden_token(again), password=NEW)).status_code == 200


async def test_a_reset_signs_everybody_out_and_revokes_what_they_hold(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    flow = CodeFlow(api)
    tokens = await flow.tokens()
    page = await reset_page(api, seeded, mailbox)
    seeded.clock.forward(seconds=1)
    await submit(api, page, token=hidden_token(page), password=NEW)
    assert seeded.sessions.kept == {}
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 400


async def test_a_code_given_before_the_reset_opens_nothing(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    flow = CodeFlow(api)
    code = code_of(await flow.sign_in(CUSTOMER))
    page = await reset_page(api, seeded, mailbox)
    seeded.clock.forward(seconds=1)
    await submit(api, page, token=hidden_token(page), password=NEW)
    assert (await flow.redeem(code)).status_code == 400


async def test_a_session_that_redis_kept_by_mistake_is_over_all_the_same(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    await CodeFlow(api).sign_in(CUSTOMER)
    kept = dict(seeded.sessions.kept)
    page = await reset_page(api, seeded, mailbox)
    seeded.clock.forward(seconds=1)
    await submit(api, page, token=hidden_token(page), password=NEW)
    seeded.sessions.kept.update(kept)
    assert (await api.get("/account")).headers["location"] == "/oauth/sign-in"


async def test_the_browser_that_resets_gets_in_while_a_stranger_guesses(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    flow = CodeFlow(api)
    guesses = await flow.open()
    for _ in range(10):
        await flow.submit(guesses, email=CUSTOMER, password="wrong")
    assert (await flow.sign_in(CUSTOMER)).status_code == 429
    page = await reset_page(api, seeded, mailbox)
    await submit(api, page, token=hidden_token(page), password=NEW)
    assert (await flow.sign_in(CUSTOMER, NEW)).status_code == 303


async def test_a_mailbox_is_not_flooded_and_nobody_is_told(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    answers = [await forget(api) for _ in range(MAIL_ACCOUNT.burst + 2)]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert len(await mailbox.deliver(seeded)) == MAIL_ACCOUNT.burst


async def test_one_place_cannot_ask_for_mails_without_end(api: httpx.AsyncClient) -> None:
    for number in range(MAIL_ADDRESS.burst):
        assert (await forget(api, f"customer-{number}@example.com")).status_code == 200
    answer = await forget(api, "one-more@example.com")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def register(api: httpx.AsyncClient) -> dict[str, Any]:
    body = {"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}
    answer = await api.post("/v1/users", json=body)
    found: dict[str, Any] = answer.json()
    return found


async def test_whoever_registers_confirms_the_address_by_a_mail(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    user = await register(api)
    assert user["email_verified"] is False
    (mail,) = await mailbox.deliver(seeded)
    assert mail.subject == "Please confirm your e-mail address"
    page = await api.get(link_of(mail))
    seen = [one for one in seeded.uow.shelf.users.values() if str(one.id) == user["id"]]
    assert seen[0].email_verified_at is None, "opening the link changes nothing"
    answer = await submit(api, page, token=hidden_token(page))
    assert "is confirmed" in answer.text
    assert (await submit(api, page, token=hidden_token(page))).status_code == 410
    (now,) = [one for one in seeded.uow.shelf.users.values() if str(one.id) == user["id"]]
    assert now.email_verified_at == seeded.clock()


async def test_a_link_does_only_what_it_was_mailed_for(
    api: httpx.AsyncClient, seeded: World, mailbox: Mailbox
) -> None:
    await register(api)
    (mail,) = await mailbox.deliver(seeded)
    other = link_of(mail).replace("email-verification", "password-reset")
    assert (await api.get(other)).status_code == 410
