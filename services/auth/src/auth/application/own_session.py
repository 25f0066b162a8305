"""Which of the owner's sessions an access token came from: by its grant, the refresh family.

Called by the API where "this session" means something, because a token is no cookie.
"""

from uuid import UUID

from auth.application.unit_of_work import UnitOfWork


async def session_of_grant(user_id: UUID, grant: str | None, uow: UnitOfWork) -> UUID | None:
    """Returns the session, or None for a token that came from none of this account's."""
    if grant is None:
        return None
    async with uow:
        family = await uow.families.lock(UUID(grant))
    if family is None or family.user_id != user_id:
        return None
    return family.authentication.session_id
