"""Somebody opens an account for themselves, as a customer.

Called by POST /v1/users. The password is hashed before the transaction opens, so that the slow
work holds no database connection.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from auth.application.choose_password import choose_password
from auth.application.idempotent_user import earlier_user, remember_user
from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.domain.ports import Passwords
from auth.domain.secret_mail import MailKind
from auth.domain.user import User, new_user
from chassis.idempotency import IdempotencyKey, KeyReused
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class RegisterUser:
    """The command; `key` comes from the client, where it sent one."""

    email: str
    name: str
    password: str
    key: IdempotencyKey | None = None


async def register_user(
    command: RegisterUser, uow: UnitOfWork, passwords: Passwords, now: datetime
) -> User:
    """Returns the new account, or the one that a retry with the same key made before.

    A fast digest of the body would let a thief of the database guess passwords cheaply, so a
    retry's password is compared with the slow hash instead. Raises InvalidField, EmailTaken,
    KeyReused, KeyInFlight and SignInBusy.
    """
    user = new_user(
        uuid7(),
        email=command.email,
        name=command.name,
        now=now,
        password_hash=await choose_password(
            command.password, email=command.email, name=command.name, passwords=passwords
        ),
    )
    key = _without_password(command.key, user)
    async with uow:
        earlier = await earlier_user(uow, key)
        if earlier is None:
            await uow.users.add(user)
            await write_mail(uow, MailKind.VERIFY_EMAIL, user.email_key, now)
            await remember_user(uow, key, user)
            await uow.commit()
            return user
    if key and not await passwords.verify(earlier.password_hash, command.password):
        raise KeyReused(key.key)
    return earlier


def _without_password(key: IdempotencyKey | None, user: User) -> IdempotencyKey | None:
    """Gives the key a fingerprint of everything in the request but its secret."""
    if key is None:
        return None
    digest = hashlib.sha256(f"{user.email_key}\0{user.name}".encode()).hexdigest()
    return replace(key, fingerprint=digest)
