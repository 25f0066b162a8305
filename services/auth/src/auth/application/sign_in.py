"""Who is at the browser: by e-mail address and password, or by the session of an earlier sign-in.

Called by the sign-in page. The database connection is given back before the slow part, and an
unknown address costs as much time as a wrong password.
"""

from auth.application.unit_of_work import UnitOfWork
from auth.domain.email import email_key, normalise_email
from auth.domain.errors import InvalidField, UserNotFound
from auth.domain.ports import Passwords, Sessions
from auth.domain.user import User


async def sign_in(email: str, password: str, uow: UnitOfWork, passwords: Passwords) -> User | None:
    """Returns the account, or None for any mismatch, without a hint which. Raises SignInBusy.

    One hash is always computed: against the account's, or against a decoy when the address is
    unknown, malformed or belongs to an account that has no password.
    """
    user = await _find(email, uow)
    fits = await passwords.verify(user.password_hash if user else None, password)
    return user if fits else None


async def signed_in_user(session_id: str, uow: UnitOfWork, sessions: Sessions) -> User | None:
    """Returns whose session this is, or None."""
    user_id = await sessions.user_of(session_id)
    if user_id is None:
        return None
    async with uow:
        try:
            return await uow.users.get(user_id)
        except UserNotFound:
            return None


async def _find(email: str, uow: UnitOfWork) -> User | None:
    try:
        key = email_key(normalise_email(email))
    except InvalidField:
        return None
    async with uow:
        return await uow.users.by_email(key)
