"""What the links of our mails do: confirm an address, or let somebody choose a new password.

Called by the account pages. A link works once: its row is taken in the transaction of its effect,
so of two uses at once one finds nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from auth.application.choose_password import choose_password
from auth.application.end_sessions import sign_out
from auth.application.guards import Guards
from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.domain.account_ports import Throttle
from auth.domain.errors import InvalidLink
from auth.domain.secret_mail import MailedToken, MailKind, hash_token
from auth.domain.session import Visitor
from auth.domain.throttling import LINK_ADDRESS, by_address
from auth.domain.user import User


@dataclass(frozen=True, slots=True)
class FollowLink:
    """The command: the token of a mail, and who brings it."""

    token: str
    visitor: Visitor


async def check_link(token: str, purpose: MailKind, uow: UnitOfWork, now: datetime) -> None:
    """Raises InvalidLink for one that does nothing any more; takes nothing."""
    async with uow:
        await _find(token, purpose, uow, now)


async def verify_email(
    command: FollowLink, uow: UnitOfWork, throttle: Throttle, now: datetime
) -> None:
    """Raises InvalidLink and Throttled."""
    await throttle.take(by_address(LINK_ADDRESS, command.visitor.address))
    async with uow:
        token, user = await _take(command.token, MailKind.VERIFY_EMAIL, uow, now)
        user.verify_email(token.email_key, now)
        await uow.users.save(user)
        await uow.commit()


async def reset_password(
    command: FollowLink,
    password: str,
    uow: UnitOfWork,
    guards: Guards,
    clock: Callable[[], datetime],
) -> User:
    """Returns the account, which is signed out everywhere and can be signed in to at once.

    Whoever signs in with the old password while the new one is hashed is signed out too.

    Whoever has the mail reads the mailbox, so the address counts as confirmed. A second factor
    stays. Raises InvalidField, InvalidLink, Throttled and SignInBusy.
    """
    await guards.throttle.take(by_address(LINK_ADDRESS, command.visitor.address))
    async with uow:
        found = await _find(command.token, MailKind.RESET_PASSWORD, uow, clock())
        owner = await uow.users.get(found.user_id)
    password_hash = await choose_password(
        password, email=owner.email, name=owner.name, passwords=guards.passwords
    )
    async with uow:
        token, user = await _take(command.token, MailKind.RESET_PASSWORD, uow, clock())
        now = clock()
        user.change_password(password_hash)
        user.verify_email(token.email_key, now)
        await sign_out(user, uow, now)
        await uow.mailed_tokens.forget(user.id, MailKind.RESET_PASSWORD)
        await write_mail(uow, MailKind.PASSWORD_CHANGED, user.email_key, now)
        await uow.users.save(user)
        await uow.commit()
    await guards.sessions.end_all(user.id)
    return user


async def _find(token: str, purpose: MailKind, uow: UnitOfWork, now: datetime) -> MailedToken:
    found = await uow.mailed_tokens.find(hash_token(token), purpose, now)
    if found is None:
        raise InvalidLink
    return found


async def _take(
    token: str, purpose: MailKind, uow: UnitOfWork, now: datetime
) -> tuple[MailedToken, User]:
    """Locks the account first, as all do who forget its links."""
    user = await uow.users.lock((await _find(token, purpose, uow, now)).user_id)
    taken = await uow.mailed_tokens.take(hash_token(token), purpose, now)
    if taken is None:
        raise InvalidLink
    return taken, user
