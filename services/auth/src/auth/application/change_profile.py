"""Somebody changes what is theirs to change: for now, their name.

Called by PATCH /v1/users/me (JSON Merge Patch, RFC 7396), with If-Match where the client wants
to be sure that nobody else was faster.
"""

from dataclasses import dataclass
from uuid import UUID

from auth.application.unit_of_work import UnitOfWork
from auth.domain.errors import ProfileChanged
from auth.domain.user import User
from chassis.etags import matches, strong_etag


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """The command; None leaves a field as it is."""

    user_id: UUID
    name: str | None
    if_match: str | None = None


def profile_etag(user_id: UUID, version: int) -> str:
    """Returns the entity tag of a profile."""
    return strong_etag(user_id, version)


async def change_profile(command: ChangeProfile, uow: UnitOfWork) -> User:
    """Returns the account as it is now. Raises UserNotFound, ProfileChanged and InvalidField."""
    async with uow:
        user = await uow.users.lock(command.user_id)
        tag = profile_etag(user.id, user.version)
        if command.if_match is not None and not matches(command.if_match, tag):
            raise ProfileChanged
        if command.name is not None:
            user.rename(command.name)
            await uow.users.save(user)
            await uow.commit()
    return user
