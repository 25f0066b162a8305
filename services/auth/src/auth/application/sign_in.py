"""Who is at the browser: by e-mail address and password, or by the session of an earlier sign-in.

Called by the sign-in pages. Tries are counted before anything else; the database connection is
given back before the slow part; and an unknown address costs as much time as a wrong password.
"""

from dataclasses import dataclass
from datetime import datetime

from auth.application.unit_of_work import UnitOfWork
from auth.domain.account_ports import Throttle
from auth.domain.email import email_key, normalise_email
from auth.domain.errors import InvalidField, UserNotFound
from auth.domain.ports import Passwords, Sessions
from auth.domain.session import Session, Visitor
from auth.domain.throttling import (
    SIGN_IN_ACCOUNT,
    SIGN_IN_ADDRESS,
    SIGN_IN_DEVICE,
    Try,
    by_address,
    by_text,
)
from auth.domain.user import User
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class SignIn:
    """The command; `device` names a browser that has signed in to this account before."""

    email: str
    password: str
    visitor: Visitor
    device: str | None = None

    @property
    def email_key(self) -> str:
        """The address as it is compared; as it was typed where it is none."""
        try:
            return email_key(normalise_email(self.email))
        except InvalidField:
            return self.email.casefold()


async def sign_in(
    command: SignIn, uow: UnitOfWork, passwords: Passwords, throttle: Throttle
) -> User | None:
    """Returns the account, or None for any mismatch, without a hint which.

    One hash is always computed: against the account's, or against a decoy when the address is
    unknown, malformed or belongs to an account that has no password. Raises Throttled and
    SignInBusy.
    """
    address, account = _tries(command)
    await throttle.take(address, account)
    async with uow:
        user = await uow.users.by_email(command.email_key)
    if not await passwords.verify(user.password_hash if user else None, command.password):
        return None
    await throttle.give_back(address)
    await throttle.forgive(account)
    return user


def new_session(user: User, visitor: Visitor, methods: tuple[str, ...], began: datetime) -> Session:
    """Returns a session for somebody who has proved who they are.

    `began` is when the sign-in began, before anything was checked, so that whoever changes the
    password meanwhile ends this session too.
    """
    return Session(uuid7(), user.id, began, began, visitor, methods)


async def signed_in(
    secret: str, uow: UnitOfWork, sessions: Sessions, now: datetime
) -> tuple[User, Session] | None:
    """Returns whose session this is, or None for one that has ended or was signed out."""
    session = await sessions.find(secret, now)
    if session is None:
        return None
    async with uow:
        try:
            user = await uow.users.get(session.user_id)
        except UserNotFound:
            return None
    return (user, session) if user.trusts(session.sid, session.started_at) else None


def _tries(command: SignIn) -> tuple[Try, Try]:
    """Counts at the address, and at the account: apart for a browser that its owner has used."""
    address = by_address(SIGN_IN_ADDRESS, command.visitor.address)
    if command.device is not None:
        return address, by_text(SIGN_IN_DEVICE, command.device)
    return address, by_text(SIGN_IN_ACCOUNT, command.email_key)
