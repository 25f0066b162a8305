"""Where somebody is signed in, over the API: seeing it, ending it, and changing the password."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from auth.application.seed import DEMO_ACCOUNTS
from auth.domain.throttling import PASSWORD_CHECK
from services.auth.tests.api.test_users_api import token
from services.auth.tests.mailbox import Mailbox
from services.auth.tests.world import CodeFlow, World, code_of

CUSTOMER, OTHER = str(DEMO_ACCOUNTS[0][0]), str(DEMO_ACCOUNTS[1][0])
PASSWORD = "souk-demo-2026"
SESSIONS = "/v1/users/me/sessions"
CHANGES = "/v1/users/me/password-changes"


async def bearer(
    world: World, subject: str = CUSTOMER, family: UUID | None = None
) -> dict[str, str]:
    """A token of the owner, which says what it came from where that is given."""
    grant = {"grant": str(family)} if family else {}
    return {"Authorization": await token(world, "account:write", subject=subject, **grant)}


async def two_browsers(api: httpx.AsyncClient, world: World) -> tuple[UUID, UUID, str, str]:
    """Signs in twice; returns the families that came of it and their refresh tokens."""
    found: list[Any] = []
    for _ in range(2):
        api.cookies.clear()
        world.clock.forward(seconds=1)
        before = set(world.uow.shelf.families)
        tokens = await CodeFlow(api).tokens()
        found.append(((set(world.uow.shelf.families) - before).pop(), tokens["refresh_token"]))
    (first, first_token), (second, second_token) = found
    return first, second, first_token, second_token


async def works(api: httpx.AsyncClient, refresh_token: str) -> bool:
    return (await CodeFlow(api).refresh(refresh_token)).status_code == 200


async def test_the_owner_sees_where_they_are_signed_in(
    api: httpx.AsyncClient, seeded: World
) -> None:
    _first, second, *_tokens = await two_browsers(api, seeded)
    answer = await api.get(SESSIONS, headers=await bearer(seeded, family=second))
    assert answer.status_code == 200
    newest, oldest = answer.json()["items"]
    assert (newest["current"], oldest["current"]) == (True, False)
    assert newest["started_at"] > oldest["started_at"]
    assert newest["methods"] == ["pwd"]
    assert newest["user_agent"].startswith("python-httpx")
    assert newest["id"] == str(seeded.uow.shelf.families[second].authentication.session_id)
    for secret in seeded.sessions.kept:
        assert secret not in answer.text


async def test_one_session_is_ended_with_the_tokens_that_came_from_it(
    api: httpx.AsyncClient, seeded: World
) -> None:
    first, _second, first_token, second_token = await two_browsers(api, seeded)
    sid = seeded.uow.shelf.families[first].authentication.session_id
    for _ in range(2):
        answer = await api.delete(f"{SESSIONS}/{sid}", headers=await bearer(seeded))
        assert answer.status_code == 204
    assert not await works(api, first_token)
    assert await works(api, second_token)
    assert sid not in [session.sid for session in seeded.sessions.kept.values()]


async def test_a_code_of_a_session_that_ended_meanwhile_opens_nothing(
    api: httpx.AsyncClient, seeded: World
) -> None:
    flow = CodeFlow(api)
    code = code_of(await flow.sign_in("customer@souk.example"))
    (session,) = seeded.sessions.kept.values()
    await api.delete(f"{SESSIONS}/{session.sid}", headers=await bearer(seeded))
    assert (await flow.redeem(code)).json()["error"] == "invalid_grant"
    assert seeded.uow.shelf.families == {}


async def test_nobody_ends_the_session_of_somebody_else(
    api: httpx.AsyncClient, seeded: World
) -> None:
    first, _second, first_token, _token = await two_browsers(api, seeded)
    sid = seeded.uow.shelf.families[first].authentication.session_id
    stranger = await bearer(seeded, OTHER)
    assert (await api.delete(f"{SESSIONS}/{sid}", headers=stranger)).status_code == 204
    assert len(seeded.sessions.kept) == 2
    assert await works(api, first_token)
    assert (await api.get(SESSIONS, headers=stranger)).json()["items"] == []


async def test_signing_out_everywhere_spares_nothing_or_the_session_at_hand(
    api: httpx.AsyncClient, seeded: World
) -> None:
    _first, second, first_token, second_token = await two_browsers(api, seeded)
    headers = await bearer(seeded, family=second)
    answer = await api.delete(SESSIONS, params={"keep_current": True}, headers=headers)
    assert answer.status_code == 204
    assert not await works(api, first_token)
    assert await works(api, second_token)
    (kept,) = seeded.sessions.kept.values()
    assert kept.sid == seeded.uow.shelf.families[second].authentication.session_id
    assert (await api.delete(SESSIONS, headers=headers)).status_code == 204
    assert seeded.sessions.kept == {}
    assert not await works(api, second_token)


async def test_a_grant_of_somebody_else_keeps_nothing(
    api: httpx.AsyncClient, seeded: World
) -> None:
    _first, second, *_tokens = await two_browsers(api, seeded)
    await CodeFlow(api).sign_in("support@souk.example")
    headers = await bearer(seeded, OTHER, family=second)
    await api.delete(SESSIONS, params={"keep_current": True}, headers=headers)
    assert {str(session.user_id) for session in seeded.sessions.kept.values()} == {CUSTOMER}


async def test_a_changed_password_ends_the_other_sessions_and_sends_a_mail(
    api: httpx.AsyncClient, seeded: World
) -> None:
    _first, second, first_token, second_token = await two_browsers(api, seeded)
    body = {"current_password": PASSWORD, "new_password": "a few new words"}
    headers = await bearer(seeded, family=second)
    assert (await api.post(CHANGES, json=body, headers=headers)).status_code == 204
    assert not await works(api, first_token)
    assert await works(api, second_token)
    assert len(seeded.sessions.kept) == 1
    (mail,) = await Mailbox().deliver(seeded)
    assert mail.subject == "Your password was changed"
    api.cookies.clear()
    assert (await CodeFlow(api).sign_in("customer@souk.example")).status_code == 422
    flow = CodeFlow(api)
    assert (await flow.sign_in("customer@souk.example", "a few new words")).status_code == 303


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"current_password": "wrong", "new_password": PASSWORD}, 403, "wrong-password"),
        ({"current_password": PASSWORD, "new_password": "short"}, 422, "validation-error"),
        ({"current_password": PASSWORD, "new_password": "caseycustomer"}, 422, "validation-error"),
        ({"current_password": PASSWORD}, 422, "validation-error"),
        (
            {"current_password": PASSWORD, "new_password": PASSWORD, "user_id": CUSTOMER},
            *(422, "validation-error"),
        ),
    ],
)
async def test_what_does_not_fit_changes_nothing(
    api: httpx.AsyncClient, seeded: World, body: dict[str, str], status: int, kind: str
) -> None:
    await CodeFlow(api).sign_in("customer@souk.example")
    answer = await api.post(CHANGES, json=body, headers=await bearer(seeded))
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert PASSWORD not in answer.text
    assert len(seeded.sessions.kept) == 1


async def test_the_current_password_cannot_be_guessed_at(
    api: httpx.AsyncClient, seeded: World
) -> None:
    headers = await bearer(seeded)
    body = {"current_password": "wrong", "new_password": PASSWORD}
    for _ in range(PASSWORD_CHECK.burst):
        assert (await api.post(CHANGES, json=body, headers=headers)).status_code == 403
    answer = await api.post(CHANGES, json={**body, "current_password": PASSWORD}, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_of_two_changes_at_once_the_second_finds_another_password(
    api: httpx.AsyncClient, seeded: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is slipped in while the second computes its hash."""
    headers = await bearer(seeded)
    quick = seeded.passwords.hash
    user_id = UUID(CUSTOMER)

    async def hash_while_another_changes(password: str) -> str:
        async with seeded.uow as uow:
            user = await uow.users.lock(user_id)
            user.change_password("hash of the faster one")
            await uow.users.save(user)
            await uow.commit()
        return await quick(password)

    monkeypatch.setattr(seeded.passwords, "hash", hash_while_another_changes)
    body = {"current_password": PASSWORD, "new_password": "a few new words"}
    assert (await api.post(CHANGES, json=body, headers=headers)).status_code == 403
    assert seeded.uow.shelf.users[user_id].password_hash == "hash of the faster one"


@pytest.mark.parametrize("scopes", [(), ("profile",), ("users:write",)])
async def test_the_scope_is_needed_everywhere(
    api: httpx.AsyncClient, seeded: World, scopes: tuple[str, ...]
) -> None:
    headers = {"Authorization": await token(seeded, *scopes)}
    body = {"current_password": PASSWORD, "new_password": PASSWORD}
    for answer in (
        await api.get(SESSIONS, headers=headers),
        await api.delete(SESSIONS, headers=headers),
        await api.delete(f"{SESSIONS}/{uuid4()}", headers=headers),
        await api.post(CHANGES, json=body, headers=headers),
    ):
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/insufficient-scope"
