"""Grants for tests that look at where they are kept, not at how they come about."""

from datetime import datetime
from uuid import UUID, uuid4

from auth.domain.authentication import Authentication
from auth.domain.authorization_code import AuthorizationCode
from auth.domain.refresh_family import RefreshFamily, new_family

SCOPES = frozenset({"profile", "orders:read"})


def a_code(
    user_id: UUID,
    now: datetime,
    *,
    code_hash: bytes = b"h",
    client_id: str = "c",
    session_id: UUID | None = None,
    nonce: str | None = None,
) -> AuthorizationCode:
    """Returns a code of somebody who signed in just now, by password."""
    return AuthorizationCode(
        code_hash=code_hash,
        client_id=client_id,
        user_id=user_id,
        redirect_uri="http://x",
        scopes=SCOPES,
        code_challenge="challenge",
        issued_at=now,
        authentication=Authentication(now, ("pwd",), session_id),
        nonce=nonce,
    )


def a_family(
    user_id: UUID, now: datetime, *, client_id: str = "c", session_id: UUID | None = None
) -> RefreshFamily:
    """Returns a family that such a code founded."""
    return new_family(
        uuid4(), a_code(user_id, now, client_id=client_id, session_id=session_id), now
    )
