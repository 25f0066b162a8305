"""Somebody signs in with the old password while its owner's new one is being hashed.

Their session opens last of all, when the change is done and has ended every session there was.
"""

from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest

from auth.application.seed import DEMO_ACCOUNTS
from auth.application.sign_in import new_session, signed_in
from auth.domain.session import Session, Visitor
from services.auth.tests.api.test_account_links import NEW, hidden_token, reset_page, submit
from services.auth.tests.api.test_own_sessions import CHANGES, PASSWORD, bearer
from services.auth.tests.mailbox import Mailbox
from services.auth.tests.world import World


@dataclass
class Thief:
    """Who signs in while a password is hashed; nothing but the hashing takes any time."""

    world: World
    began: list[Session] = field(default_factory=list)

    async def hash(self, password: str) -> str:
        clock = self.world.clock
        clock.forward(seconds=0.1)
        user_id: UUID = DEMO_ACCOUNTS[0][0]
        user = await self.world.uow.users.get(user_id)
        assert await self.world.passwords.verify(user.password_hash, PASSWORD)
        visitor = Visitor("203.0.113.9", "a thief's browser")
        self.began.append(new_session(user, visitor, ("pwd",), clock()))
        clock.forward(seconds=0.1)
        return f"hash of {password}"

    async def is_in(self) -> bool:
        """Opens the session at last."""
        world = self.world
        (session,) = self.began
        secret = await world.sessions.open(session)
        return await signed_in(secret, world.new_uow(), world.sessions, world.clock()) is not None


@pytest.fixture
def thief(seeded: World, monkeypatch: pytest.MonkeyPatch) -> Thief:
    found = Thief(seeded)
    monkeypatch.setattr(seeded.passwords, "hash", found.hash)
    return found


async def test_who_signs_in_during_a_change_of_the_password_is_out(
    api: httpx.AsyncClient, seeded: World, thief: Thief
) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW}
    answer = await api.post(CHANGES, json=body, headers=await bearer(seeded))
    assert answer.status_code == 204
    assert not await thief.is_in()


async def test_who_signs_in_during_a_reset_of_the_password_is_out(
    api: httpx.AsyncClient, seeded: World, thief: Thief
) -> None:
    page = await reset_page(api, seeded, Mailbox())
    answer = await submit(api, page, token=hidden_token(page), password=NEW)
    assert answer.status_code == 200
    assert not await thief.is_in()
