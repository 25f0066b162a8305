"""Sends the mails about accounts: makes the token, keeps its hash, and hands the mail over.

A worker calls it, woken by NOTIFY. Here, and not where a mail was asked for, is looked up whether
the address has an account: so asking costs the same for every address.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from auth.application.unit_of_work import UnitOfWork
from auth.domain.secret_mail import (
    LINKS,
    LONGEST_OUTAGE_PAUSE,
    LONGEST_PAUSE,
    MailedToken,
    PendingMail,
    hash_token,
)
from auth.domain.user import User
from chassis.logs import get_logger
from chassis.mail import (
    Mail,
    MailConnection,
    Mailer,
    MailPostponed,
    MailRefused,
    MailServerAway,
)

BATCH = 20
# A batch ends before its lease does: each mail takes at most 15 seconds.
LEASE = timedelta(minutes=6)

log = get_logger(__name__)


class Renderer(Protocol):
    """Makes words of a mail."""

    def render(self, pending: PendingMail, user: User, token: str | None) -> Mail:
        """Returns the mail; `token` goes into its link, where it has one."""
        ...


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs; `clock` returns aware UTC."""

    new_uow: Callable[[], UnitOfWork]
    mailer: Mailer
    renderer: Renderer
    clock: Callable[[], datetime]


async def send_mails(sender: Sender) -> bool:
    """Sends one batch over one connection; returns whether there may be more to send now."""
    now = sender.clock()
    lease = now + LEASE
    async with sender.new_uow() as uow:
        due = await uow.mails.claim(now, lease, BATCH)
        await uow.commit()
    waiting = list(due)
    if not waiting:
        return False
    try:
        async with sender.mailer.connect() as connection:
            while waiting:
                await _send(waiting[0], lease, connection, sender)
                waiting.pop(0)
    except MailServerAway as error:
        log.warning("mail_server_away", mails=len(waiting), error=str(error))
        for mail in waiting:
            await _postpone(mail, lease, str(error), sender, LONGEST_OUTAGE_PAUSE)
        return False
    return len(due) == BATCH


async def _send(
    mail: PendingMail, lease: datetime, connection: MailConnection, sender: Sender
) -> None:
    user, token = await _prepare(mail, sender)
    if user is None:
        log.info("mail_for_nobody", mail_id=str(mail.id), kind=mail.kind.value)
        await _remove(mail, lease, sender)
        return
    try:
        await connection.send(sender.renderer.render(mail, user, token))
    except MailPostponed as error:
        log.warning("mail_postponed", mail_id=str(mail.id), error=str(error))
        await _postpone(mail, lease, str(error), sender)
        return
    except MailRefused as error:
        log.warning("mail_refused", mail_id=str(mail.id), error=str(error))
    else:
        log.info("mail_sent", mail_id=str(mail.id), kind=mail.kind.value)
    await _remove(mail, lease, sender)


async def _prepare(mail: PendingMail, sender: Sender) -> tuple[User | None, str | None]:
    """Finds whom the mail is for, and makes its token; the hash is kept before anything leaves."""
    now = sender.clock()
    async with sender.new_uow() as uow:
        user = await uow.users.by_email(mail.email_key)
        if user is None or mail.is_stale(now):
            return None, None
        lifetime = LINKS.get(mail.kind)
        if lifetime is None:
            return user, None
        token = secrets.token_urlsafe(32)
        await uow.mailed_tokens.add(
            MailedToken(hash_token(token), user.id, mail.kind, mail.email_key, now + lifetime)
        )
        await uow.commit()
    return user, token


async def _postpone(
    mail: PendingMail,
    lease: datetime,
    problem: str,
    sender: Sender,
    longest: timedelta = LONGEST_PAUSE,
) -> None:
    mail.postpone(sender.clock(), problem, longest)
    async with sender.new_uow() as uow:
        await uow.mails.save(mail, lease)
        await uow.commit()


async def _remove(mail: PendingMail, lease: datetime, sender: Sender) -> None:
    async with sender.new_uow() as uow:
        await uow.mails.remove(mail, lease)
        await uow.commit()
