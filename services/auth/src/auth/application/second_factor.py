"""Turning the second factor on and off, and checking it.

Called by its pages and by the second step of the sign-in. A code is checked under the lock of its
row, so of two uses of one code at once the second is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.application.end_sessions import sign_out
from auth.application.guards import Guards
from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.domain.account_ports import SecondStep, Throttle
from auth.domain.errors import SecondFactorIsOn, WrongCode
from auth.domain.second_factor import (
    SecondFactor,
    hash_recovery_code,
    new_recovery_codes,
    new_second_factor,
)
from auth.domain.secret_mail import MailKind
from auth.domain.throttling import SECOND_FACTOR, by_user
from auth.domain.user import User


@dataclass(frozen=True, slots=True)
class UseCode:
    """The command: a code of the app or, where that is allowed, of recovery; and the session."""

    user_id: UUID
    code: str
    session: UUID


async def second_factor_is_on(user_id: UUID, uow: UnitOfWork) -> bool:
    """True when signing in takes a second step."""
    async with uow:
        factor = await uow.second_factors.get(user_id)
    return factor is not None and factor.is_on


async def begin_second_factor(user_id: UUID, uow: UnitOfWork, now: datetime) -> SecondFactor:
    """Makes a new secret, off until it is confirmed. Raises SecondFactorIsOn.

    Under the account's lock, since there may be no factor yet to lock, and be one on meanwhile.
    """
    factor = new_second_factor(user_id, now)
    async with uow:
        await uow.users.lock(user_id)
        existing = await uow.second_factors.lock(user_id)
        if existing is not None and existing.is_on:
            raise SecondFactorIsOn
        await uow.second_factors.put(factor)
        await uow.commit()
    return factor


async def confirm_second_factor(
    command: UseCode, uow: UnitOfWork, guards: Guards, now: datetime
) -> list[str]:
    """Turns it on and returns the recovery codes, which nobody can read again.

    The other sessions end, since they were begun with less. Raises WrongCode, SecondFactorIsOn
    and Throttled.
    """
    attempt = by_user(SECOND_FACTOR, command.user_id)
    await guards.throttle.take(attempt)
    codes = new_recovery_codes()
    async with uow:
        user = await uow.users.lock(command.user_id)
        factor = await uow.second_factors.lock(command.user_id)
        if factor is not None and factor.is_on:
            raise SecondFactorIsOn
        if factor is None or not factor.accept(command.code, now):
            raise WrongCode
        factor.confirm(now)
        await uow.second_factors.put(factor)
        hashes = [hash_recovery_code(code) for code in codes]
        await uow.second_factors.replace_recovery_codes(user.id, hashes)
        await sign_out(user, uow, now, keep=command.session)
        await uow.users.save(user)
        await write_mail(uow, MailKind.SECOND_FACTOR_ON, user.email_key, now)
        await uow.commit()
    await guards.throttle.forgive(attempt)
    await guards.sessions.end_all(user.id, keep=command.session)
    return codes


async def remove_second_factor(
    command: UseCode, uow: UnitOfWork, guards: Guards, now: datetime
) -> None:
    """Turns it off, for somebody who can still use it. Raises WrongCode and Throttled."""
    attempt = by_user(SECOND_FACTOR, command.user_id)
    await guards.throttle.take(attempt)
    async with uow:
        user = await uow.users.lock(command.user_id)
        if not await _fits(user.id, command.code, uow, now):
            raise WrongCode
        await uow.second_factors.remove(user.id)
        await write_mail(uow, MailKind.SECOND_FACTOR_OFF, user.email_key, now)
        await uow.commit()
    await guards.throttle.forgive(attempt)


async def take_second_step(
    step: SecondStep, code: str, uow: UnitOfWork, throttle: Throttle, now: datetime
) -> User:
    """Returns who may sign in now. Raises WrongCode and Throttled.

    Only somebody who has just given the right password comes here, so no stranger can use up the
    owner's tries.
    """
    attempt = by_user(SECOND_FACTOR, step.user_id)
    await throttle.take(attempt)
    async with uow:
        user = await uow.users.get(step.user_id)
        if not user.trusts(None, step.began) or not await _fits(user.id, code, uow, now):
            raise WrongCode
        await uow.commit()
    await throttle.forgive(attempt)
    return user


async def _fits(user_id: UUID, code: str, uow: UnitOfWork, now: datetime) -> bool:
    """Takes a code of the app, or else a recovery code; neither fits a second time."""
    factor = await uow.second_factors.lock(user_id)
    if factor is None or not factor.is_on:
        return False
    if factor.accept(code.replace(" ", ""), now):
        await uow.second_factors.put(factor)
        return True
    return await uow.second_factors.take_recovery_code(user_id, hash_recovery_code(code))
