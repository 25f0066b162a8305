"""Mails from the transaction to a real SMTP server, and links that two people use at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.follow_link import FollowLink, reset_password
from auth.application.guards import Guards
from auth.application.send_mails import send_mails
from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.components import sender
from auth.domain.errors import InvalidLink
from auth.domain.secret_mail import MailedToken, MailKind, PendingMail, hash_token
from auth.domain.session import Visitor
from auth.domain.user import User, new_user
from auth.settings import AuthSettings
from chassis.clock import utcnow
from services.auth.tests.account_fakes import MemoryThrottle
from services.auth.tests.fakes import (
    NOON,
    MemorySessions,
    MemoryUnitOfWork,
    QuickPasswords,
)

NewUow = Callable[[], UnitOfWork]
RESET, VERIFY = MailKind.RESET_PASSWORD, MailKind.VERIFY_EMAIL


class Server:
    """What aiosmtpd calls; `answers` are given before any mail is taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: object, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        content = envelope.original_content
        assert content is not None
        mail: Any = message_from_bytes(content, policy=policy.default)
        self.mails.append(mail)
        return "250 taken"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[tuple[Server, int]]:
    handler = Server()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: SMTP(handler, hostname="test"), "127.0.0.1", 0)
    yield handler, listener.sockets[0].getsockname()[1]
    listener.close()


@pytest.fixture(params=["memory", "postgresql"])
def make(request: pytest.FixtureRequest) -> NewUow:
    if request.param == "memory":
        memory = MemoryUnitOfWork()
        return lambda: memory
    found: Callable[[], AuthUnitOfWork] = request.getfixturevalue("new_uow")
    return found


async def someone(make: NewUow, email: str = "ada@example.com", name: str = "Ada") -> User:
    user = new_user(uuid4(), email=email, name=name, now=utcnow(), password_hash="x")
    async with make() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_a_mail_is_claimed_by_one_and_given_back_by_who_holds_it(make: NewUow) -> None:
    lease = NOON + timedelta(minutes=1)
    async with make() as uow:
        await uow.mails.add(PendingMail(UUID(int=1), RESET, "a@example.com", NOON, NOON))
        await uow.mails.add(PendingMail(UUID(int=2), RESET, "b@example.com", NOON, lease))
        await uow.commit()
    async with make() as uow:
        (mail,) = await uow.mails.claim(NOON, lease, 10)
        assert (mail.id, mail.attempts, mail.due_at) == (UUID(int=1), 1, lease)
        await uow.commit()
    async with make() as uow:
        assert await uow.mails.claim(NOON, lease, 10) == []
        mail.postpone(NOON, "451 later")
        await uow.mails.save(mail, NOON)
        await uow.mails.remove(mail, NOON)
        assert await uow.mails.claim(NOON + timedelta(seconds=5), lease, 10) == []
        await uow.mails.save(mail, lease)
        (again,) = await uow.mails.claim(NOON + timedelta(seconds=5), lease, 10)
        assert (again.id, again.problem, again.attempts) == (mail.id, "451 later", 2)
        await uow.mails.remove(again, lease)
        assert [one.id for one in await uow.mails.claim(lease, lease, 10)] == [UUID(int=2)]


async def test_a_token_is_good_for_its_purpose_its_time_and_one_use(make: NewUow) -> None:
    user = await someone(make)
    until = NOON + timedelta(minutes=30)
    token = MailedToken(hash_token("t"), user.id, RESET, user.email_key, until)
    other = MailedToken(hash_token("o"), user.id, RESET, user.email_key, until)
    verify = MailedToken(hash_token("v"), user.id, VERIFY, user.email_key, until)
    async with make() as uow:
        for one in (token, other, verify):
            await uow.mailed_tokens.add(one)
        assert await uow.mailed_tokens.find(token.token_hash, RESET, NOON) == token
        assert await uow.mailed_tokens.find(token.token_hash, VERIFY, NOON) is None
        assert await uow.mailed_tokens.find(token.token_hash, RESET, until) is None
        assert await uow.mailed_tokens.take(token.token_hash, RESET, NOON) == token
        assert await uow.mailed_tokens.take(token.token_hash, RESET, NOON) is None
        await uow.mailed_tokens.forget(user.id, RESET)
        assert await uow.mailed_tokens.find(other.token_hash, RESET, NOON) is None
        assert await uow.mailed_tokens.find(verify.token_hash, VERIFY, NOON) == verify


async def test_a_mail_arrives_with_both_parts_and_the_message_id_of_its_cause(
    new_uow: Callable[[], AuthUnitOfWork], settings: AuthSettings, server: tuple[Server, int]
) -> None:
    handler, port = server
    user = await someone(new_uow, "zoë@example.com", "Zoë Ångström")
    async with new_uow() as uow:
        await write_mail(uow, RESET, user.email_key, utcnow())
        await uow.commit()
    sending = sender(settings.model_copy(update={"smtp_port": port}), new_uow)
    await send_mails(sending)
    assert handler.mails == [], "no server takes an address beyond ASCII, so none was asked"

    user = await someone(new_uow, "zoe@example.com", "Zoë Ångström")
    async with new_uow() as uow:
        await write_mail(uow, RESET, user.email_key, utcnow())
        await uow.commit()
    handler.answers = ["451 try later"]
    await send_mails(sending)
    assert handler.mails == []
    async with asyncio.timeout(10):
        while not handler.mails:
            await asyncio.sleep(0.2)
            await send_mails(sending)
    (mail,) = handler.mails
    assert mail["Message-ID"].startswith("<reset-password.")
    assert mail["To"] == "Zoë Ångström <zoe@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "/account/password-reset?token=" in part.get_content()


async def test_a_server_that_is_away_costs_time_and_no_mail(
    new_uow: Callable[[], AuthUnitOfWork], settings: AuthSettings
) -> None:
    user = await someone(new_uow)
    async with new_uow() as uow:
        await write_mail(uow, RESET, user.email_key, utcnow())
        await uow.commit()
    nowhere = settings.model_copy(update={"smtp_port": 1})
    assert await send_mails(sender(nowhere, new_uow)) is False
    async with new_uow() as uow:
        later = utcnow() + timedelta(minutes=1)
        (mail,) = await uow.mails.claim(later, later, 10)
    assert "Connect" in str(mail.problem)


async def test_of_two_who_use_a_link_at_once_one_finds_it_used(
    new_uow: Callable[[], AuthUnitOfWork],
) -> None:
    user = await someone(new_uow)
    until = utcnow() + timedelta(minutes=30)
    async with new_uow() as uow:
        token = MailedToken(hash_token("t"), user.id, RESET, user.email_key, until)
        await uow.mailed_tokens.add(token)
        await uow.commit()
    guards = Guards(QuickPasswords(), MemorySessions(), MemoryThrottle())
    command = FollowLink("t", Visitor("192.0.2.7", ""))
    outcomes = await asyncio.gather(
        *(
            reset_password(command, f"a few new words {n}", new_uow(), guards, utcnow)
            for n in range(8)
        ),
        return_exceptions=True,
    )
    winners = [outcome for outcome in outcomes if isinstance(outcome, User)]
    assert len(winners) == 1
    assert all(isinstance(one, User | InvalidLink) for one in outcomes)
    async with new_uow() as uow:
        assert (await uow.users.get(user.id)).password_hash == winners[0].password_hash
        assert len(await uow.mails.claim(utcnow(), utcnow(), 10)) == 1
