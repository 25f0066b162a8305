"""Does the person have to be asked before this client gets what it wants, and what they answered.

`next_step` asks the first; the consent page's form calls the second. The shop's own clients are
trusted with what it knows anyway.
"""

from datetime import datetime

from auth.application.begin_authorization import PendingAuthorization
from auth.application.unit_of_work import UnitOfWork
from auth.domain.authorization import CONSENT
from auth.domain.user import User


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
