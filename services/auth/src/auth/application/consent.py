"""Does the person have to be asked before this client gets what it wants, and what they answered.

`next_step` asks the first, the consent page's form calls the second; the account page shows what
was allowed and takes it back. The shop's own clients are trusted with what it knows anyway.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.application.begin_authorization import PendingAuthorization
from auth.application.revoke_grants import revoke_families
from auth.application.unit_of_work import UnitOfWork
from auth.domain.authorization import CONSENT
from auth.domain.user import User


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """What somebody allowed a client."""

    client_id: str
    client_name: str
    scopes: frozenset[str]


async def needs_consent(pending: PendingAuthorization, user: User, uow: UnitOfWork) -> bool:
    """True unless the person has allowed this client all of it before, or need not be asked."""
    if CONSENT in pending.request.prompts:
        return True
    if pending.client.first_party:
        return False
    async with uow:
        allowed = await uow.consents.scopes(user.id, pending.client.id)
    return not pending.scopes_for(user) <= allowed


async def give_consent(
    pending: PendingAuthorization, user: User, uow: UnitOfWork, now: datetime
) -> None:
    """Remembers what the person allowed, on top of what they allowed before."""
    async with uow:
        await uow.consents.add(user.id, pending.client.id, pending.scopes_for(user), now)
        await uow.commit()


async def given_consents(user_id: UUID, uow: UnitOfWork) -> list[GivenConsent]:
    """Returns what the person has allowed so far; a client that was removed took its own along."""
    async with uow:
        given = await uow.consents.of_user(user_id)
        clients = [await uow.clients.get(client_id) for client_id in given]
    return [GivenConsent(one.id, one.name, given[one.id]) for one in clients if one is not None]


async def withdraw_consent(user_id: UUID, client_id: str, uow: UnitOfWork, now: datetime) -> None:
    """Takes back everything that the person allowed the client; its tokens end with it."""
    async with uow:
        await uow.consents.remove(user_id, client_id)
        await revoke_families(uow, user_id, now, client_id=client_id)
        await uow.commit()
