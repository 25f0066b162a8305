"""Somebody who knows the current password chooses another one; all other sessions end.

Called by POST /v1/users/me/password-changes and by the account page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.application.choose_password import choose_password
from auth.application.confirm_password import confirm_password
from auth.application.end_sessions import sign_out
from auth.application.guards import Guards
from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.domain.errors import WrongPassword
from auth.domain.secret_mail import MailKind


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The command; `session` is the one that goes on."""

    user_id: UUID
    current: str
    new: str
    session: UUID | None


async def change_password(
    command: ChangePassword, uow: UnitOfWork, guards: Guards, clock: Callable[[], datetime]
) -> None:
    """Raises InvalidField, WrongPassword, Throttled, SignInBusy and UserNotFound.

    The clock is read under the account's lock: hashing takes its time, and whoever signs in with
    the old password meanwhile is signed out too. The same password again is allowed: it signs the
    others out, which may be all that is wanted.
    """
    before = await confirm_password(command.user_id, command.current, uow, guards)
    password_hash = await choose_password(
        command.new,
        email=before.email,
        name=before.name,
        passwords=guards.passwords,
        field_name="new_password",
    )
    async with uow:
        user = await uow.users.lock(command.user_id)
        # Where somebody was faster, "current" is another one by now.
        if user.password_hash != before.password_hash:
            raise WrongPassword
        now = clock()
        user.change_password(password_hash)
        await sign_out(user, uow, now, keep=command.session)
        await uow.mailed_tokens.forget(user.id, MailKind.RESET_PASSWORD)
        await write_mail(uow, MailKind.PASSWORD_CHANGED, user.email_key, now)
        await uow.users.save(user)
        await uow.commit()
    await guards.sessions.end_all(user.id, keep=command.session)
