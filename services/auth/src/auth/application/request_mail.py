"""Somebody asks for a mail with a link: to choose a new password, or to confirm their address.

Called by the account pages. A request for a password says and does the same for every address:
whether it has an account is found out when the mail is sent.
"""

from datetime import datetime

from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.domain.account_ports import Throttle
from auth.domain.email import email_key, normalise_email
from auth.domain.errors import Throttled
from auth.domain.secret_mail import MailKind
from auth.domain.session import Visitor
from auth.domain.throttling import MAIL_ACCOUNT, MAIL_ADDRESS, by_address, by_text
from auth.domain.user import User
from chassis.logs import get_logger

log = get_logger(__name__)


async def request_password_reset(
    email: str, visitor: Visitor, uow: UnitOfWork, throttle: Throttle, now: datetime
) -> None:
    """Raises InvalidField for what is no address, and Throttled for too many from one place."""
    key = email_key(normalise_email(email))
    await throttle.take(by_address(MAIL_ADDRESS, visitor.address))
    await _write(uow, MailKind.RESET_PASSWORD, key, throttle, now)


async def request_verification(
    user: User, uow: UnitOfWork, throttle: Throttle, now: datetime
) -> None:
    """Sends the link again, to somebody who is signed in and whose address is not confirmed."""
    if user.email_verified_at is None:
        await _write(uow, MailKind.VERIFY_EMAIL, user.email_key, throttle, now)


async def _write(
    uow: UnitOfWork, kind: MailKind, key: str, throttle: Throttle, now: datetime
) -> None:
    """A mailbox that gets many such mails gets no more for a while, and nobody is told."""
    try:
        await throttle.take(by_text(MAIL_ACCOUNT, f"{kind} {key}"))
    except Throttled:
        log.warning("mail_throttled", kind=kind.value)
        return
    async with uow:
        await write_mail(uow, kind, key, now)
        await uow.commit()
