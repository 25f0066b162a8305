"""Somebody who is signed in shows once more that it is them, before their ways in change.

Called for a new password, a second factor and another provider: a browser that was left alone
gives nobody a lasting way in.
"""

from uuid import UUID

from auth.application.guards import Guards
from auth.application.unit_of_work import UnitOfWork
from auth.domain.errors import WrongPassword
from auth.domain.throttling import PASSWORD_CHECK, by_user
from auth.domain.user import User


async def confirm_password(user_id: UUID, password: str, uow: UnitOfWork, guards: Guards) -> User:
    """Returns the account, whose password it is. Raises WrongPassword, Throttled, SignInBusy."""
    await guards.throttle.take(by_user(PASSWORD_CHECK, user_id))
    async with uow:
        user = await uow.users.get(user_id)
    if not await guards.passwords.verify(user.password_hash, password):
        raise WrongPassword
    await guards.throttle.forgive(by_user(PASSWORD_CHECK, user_id))
    return user


async def confirm_owner(user: User, password: str, uow: UnitOfWork, guards: Guards) -> None:
    """As `confirm_password`; who signs in by way of others alone has no password to give."""
    if user.password_hash is not None:
        await confirm_password(user.id, password, uow, guards)
