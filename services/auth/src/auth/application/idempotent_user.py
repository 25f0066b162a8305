"""Remembers which account an Idempotency-Key made; shared by registration and import.

The key commits together with the account, so a retry finds both or neither.
"""

from uuid import UUID

from auth.application.unit_of_work import UnitOfWork
from auth.domain.user import User
from chassis.idempotency import IdempotencyKey, StoredAnswer


def location_of(user_id: UUID) -> str:
    """Returns the path of an account."""
    return f"/v1/users/{user_id}"


async def earlier_user(uow: UnitOfWork, key: IdempotencyKey | None) -> User | None:
    """Returns the account that the first request with this key made, if there was one."""
    answer = await uow.idempotency.claim(key) if key else None
    if answer is None or answer.location is None:
        return None
    return await uow.users.get(UUID(answer.location.rsplit("/", 1)[1]))


async def remember_user(uow: UnitOfWork, key: IdempotencyKey | None, user: User) -> None:
    """Ties the account to the key, where the client sent one."""
    if key:
        await uow.idempotency.store(key, StoredAnswer(201, location_of(user.id)))
