"""Revokes the refresh tokens of an account: those of one session, or of all but one.

Called inside the transaction of whatever ends sessions.
"""

from datetime import datetime
from uuid import UUID

from auth.application.unit_of_work import UnitOfWork


async def revoke_families(
    uow: UnitOfWork,
    user_id: UUID,
    session_id: UUID | None,
    now: datetime,
    *,
    keep: UUID | None = None,
) -> None:
    """Without `session_id`, revokes everything but what came from the session `keep`."""
    await uow.families.revoke(user_id, session_id, keep, now)
