"""Nobody waits in a circle: who signs an account out, and whoever does something else with it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.end_sessions import sign_out
from auth.application.follow_link import FollowLink, reset_password
from auth.application.guards import Guards
from auth.domain.secret_mail import MailedToken, MailKind, hash_token
from auth.domain.session import Visitor
from auth.domain.user import User, new_user
from chassis.clock import utcnow
from services.auth.tests.account_fakes import MemoryThrottle
from services.auth.tests.fakes import MemorySessions, QuickPasswords
from services.auth.tests.grant_samples import a_code, a_family

NewUow = Callable[[], AuthUnitOfWork]
RESET = MailKind.RESET_PASSWORD
# PostgreSQL looks for a circle of those who wait after a second.
A_MOMENT = 0.3


async def someone(new_uow: NewUow) -> User:
    user = new_user(uuid4(), email="ada@example.com", name="Ada", now=utcnow(), password_hash="x")
    async with new_uow() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_a_code_is_redeemed_while_its_owner_signs_out_everywhere(new_uow: NewUow) -> None:
    user, now = await someone(new_uow), utcnow()
    async with new_uow() as uow:
        await uow.codes.add(a_code(user.id, now))
        await uow.commit()
    async with new_uow() as leaving, new_uow() as redeeming:
        owner = await leaving.users.lock(user.id)
        code = await redeeming.codes.lock(b"h")
        assert code is not None
        signing_out = asyncio.create_task(sign_out(owner, leaving, now + timedelta(seconds=1)))
        await asyncio.sleep(A_MOMENT)
        family = a_family(user.id, now)
        await redeeming.families.add(family)
        code.family_id = family.id
        await redeeming.codes.save(code)
        await redeeming.commit()
        await signing_out
        await leaving.users.save(owner)
        await leaving.commit()
    async with new_uow() as uow:
        ended = await uow.families.lock(family.id)
    assert ended is not None
    assert ended.revoked_at is not None


async def test_two_links_to_one_password_are_followed_at_once(new_uow: NewUow) -> None:
    user, now = await someone(new_uow), utcnow()
    async with new_uow() as uow:
        for text in ("one", "two"):
            await uow.mailed_tokens.add(
                MailedToken(hash_token(text), user.id, RESET, user.email_key, now + timedelta(1))
            )
        await uow.commit()
    guards = Guards(QuickPasswords(), MemorySessions(), MemoryThrottle())
    command = FollowLink("one", Visitor("203.0.113.1", "a browser"))
    async with new_uow() as other:
        # What comes first when the other link is followed, or the password changed.
        await other.users.lock(user.id)
        password = "seven quiet herons wading"
        resetting = asyncio.create_task(
            reset_password(command, password, new_uow(), guards, utcnow)
        )
        await asyncio.sleep(A_MOMENT)
        await other.mailed_tokens.forget(user.id, RESET)
        await other.commit()
    results = await asyncio.gather(resetting, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["InvalidLink"]
