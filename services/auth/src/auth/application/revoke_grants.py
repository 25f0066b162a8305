"""Ends grants before their time: refresh tokens at once, access tokens as soon as edges hear.

Called for replayed codes and tokens, at sign-out, and when a client goes. What is revoked is
written down in the same transaction; `publish_revocations` tells the edges.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from auth.application.token_request import ACCESS_TOKEN_SECONDS
from auth.application.unit_of_work import UnitOfWork
from auth.domain.refresh_family import RefreshFamily
from chassis.revocations import Revocation

# The worker that publishes revocations listens to it.
CHANNEL = "auth_revocations"
# Verifiers grant clocks that differ a few seconds.
LEEWAY_SECONDS = 30


async def revoke_family(uow: UnitOfWork, family: RefreshFamily, now: datetime) -> None:
    """Ends a locked family and the access tokens that came from it; the caller commits."""
    family.revoke(now)
    await uow.families.save(family)
    await _revoke_grants(uow, [family.id], now)


async def revoke_families(
    uow: UnitOfWork,
    user_id: UUID,
    now: datetime,
    *,
    session_id: UUID | None = None,
    keep_session: UUID | None = None,
    client_id: str | None = None,
) -> int:
    """Ends the account's families: all, one session's, all but one session's, or one client's.

    Codes that nobody has redeemed yet go with them. Returns how many families. Works in the
    caller's unit of work, and the caller commits.
    """
    await uow.codes.forget(
        user_id, session_id=session_id, keep_session=keep_session, client_id=client_id
    )
    ended = await uow.families.revoke_of_user(
        user_id, now, session_id=session_id, keep_session=keep_session, client_id=client_id
    )
    await _revoke_grants(uow, ended, now)
    return len(ended)


async def revoke_client(uow: UnitOfWork, client_id: str, now: datetime) -> None:
    """Ends every family of a client; the caller commits."""
    await _revoke_grants(uow, await uow.families.revoke_of_client(client_id, now), now)


async def revoke_access_token(uow: UnitOfWork, token_id: str, until: int, now: datetime) -> None:
    """Ends one access token, which would have ended at `until`; the caller commits."""
    at = int(now.timestamp())
    await uow.revocations.add([Revocation("token", token_id, at, until + LEEWAY_SECONDS)])
    await uow.notify(CHANNEL)


async def _revoke_grants(uow: UnitOfWork, families: Iterable[UUID], now: datetime) -> None:
    at = int(now.timestamp())
    until = at + ACCESS_TOKEN_SECONDS + LEEWAY_SECONDS
    entries = [Revocation("grant", str(family), at, until) for family in families]
    if entries:
        await uow.revocations.add(entries)
        await uow.notify(CHANNEL)
