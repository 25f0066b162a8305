"""Signs an account out: in one browser, or everywhere, with the tokens that came from there.

The account remembers when it was signed out, so a session that Redis should fail to delete, or a
sign-in that began before, is over all the same. Called by the account's API and pages, and by
whatever changes how somebody proves who they are.
"""

from datetime import datetime
from uuid import UUID

from auth.application.revoke_grants import revoke_families
from auth.application.unit_of_work import UnitOfWork
from auth.domain.ports import Sessions
from auth.domain.user import User


async def end_session(
    user_id: UUID, sid: UUID, uow: UnitOfWork, sessions: Sessions, now: datetime
) -> None:
    """Ends one of the account's own sessions; one that has ended is no error."""
    async with uow:
        await revoke_families(uow, user_id, now, session_id=sid)
        await uow.commit()
    await sessions.end(user_id, sid)


async def end_all_sessions(
    user_id: UUID, uow: UnitOfWork, sessions: Sessions, now: datetime, keep: UUID | None = None
) -> None:
    """Ends every session of the account but `keep`. Raises UserNotFound."""
    async with uow:
        user = await uow.users.lock(user_id)
        await sign_out(user, uow, now, keep)
        await uow.users.save(user)
        await uow.commit()
    await sessions.end_all(user_id, keep)


async def sign_out(user: User, uow: UnitOfWork, now: datetime, keep: UUID | None = None) -> None:
    """The part of it that belongs into the transaction of a change; the caller saves the user."""
    user.sign_out(now, keep)
    await revoke_families(uow, user.id, now, keep_session=keep)
