"""Writes down, in the transaction of its cause, that a mail is to be sent.

Called by every use case that tells the owner of an account something by mail.
"""

from datetime import datetime

from auth.application.unit_of_work import UnitOfWork
from auth.domain.secret_mail import MailKind, PendingMail
from chassis.ids import uuid7


async def write_mail(uow: UnitOfWork, kind: MailKind, email_key: str, now: datetime) -> None:
    """The unit of work is open; its commit wakes the sender."""
    await uow.mails.add(PendingMail(uuid7(), kind, email_key, now, now))
