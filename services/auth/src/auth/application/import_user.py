"""A machine client brings in a customer from elsewhere: an account without a password.

Called by POST /v1/users/imports. The account remembers its importer, who alone may act for it by
token exchange. Costs one insert; nothing is hashed.
"""

from dataclasses import dataclass
from datetime import datetime

from auth.application.idempotent_user import earlier_user, remember_user
from auth.application.unit_of_work import UnitOfWork
from auth.domain.errors import EmailTaken
from auth.domain.user import User, new_user
from chassis.audit import about
from chassis.idempotency import IdempotencyKey
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class ImportUser:
    """The command; `client_id` is the importing client, taken from its token."""

    email: str
    name: str
    client_id: str
    key: IdempotencyKey | None = None


async def import_user(command: ImportUser, uow: UnitOfWork, now: datetime) -> tuple[User, bool]:
    """Returns the account, and whether it is new: importing an address twice changes nothing.

    Raises InvalidField, EmailTaken for an account that this client did not import, KeyReused
    and KeyInFlight.
    """
    user = new_user(
        uuid7(), email=command.email, name=command.name, now=now, imported_by=command.client_id
    )
    async with uow:
        if (earlier := await earlier_user(uow, command.key)) is not None:
            return earlier, True
        try:
            await uow.users.add(user)
        except EmailTaken:
            return await _imported_before(uow, user), False
        about(user.id)
        await remember_user(uow, command.key, user)
        await uow.commit()
    return user, True


async def _imported_before(uow: UnitOfWork, wanted: User) -> User:
    existing = await uow.users.by_email(wanted.email_key)
    if existing is None or existing.imported_by != wanted.imported_by:
        raise EmailTaken
    return existing
