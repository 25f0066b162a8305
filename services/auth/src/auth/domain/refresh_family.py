"""All refresh tokens that descend from one sign-in, and the rule that finds a stolen one.

A family is one row: the tokens carry its id and their generation under a MAC, so every past
token can be recognised without being stored. Used by `redeem_code` and `refresh_tokens`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from auth.domain.authentication import Authentication
from auth.domain.authorization_code import AuthorizationCode
from auth.domain.oauth_errors import InvalidGrant, InvalidScope, RefreshTokenReused

# A browser whose answer was lost, or two tabs at once, may repeat the token just replaced.
GRACE = timedelta(seconds=10)
LIFETIME = timedelta(days=30)


@dataclass(slots=True)
class RefreshFamily:
    """One sign-in of one account through one client. `generation` names the only live token."""

    id: UUID
    user_id: UUID
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime
    rotated_at: datetime
    authentication: Authentication
    generation: int = 0
    revoked_at: datetime | None = None

    def rotate(self, generation: int, client_id: str, now: datetime) -> int:
        """Takes a token's generation and returns that of its successor (RFC 9700 §4.14.2).

        The immediately preceding token gives the same successor again for GRACE. Any older one
        revokes the family and raises RefreshTokenReused; a dead family raises InvalidGrant.
        """
        if client_id != self.client_id:
            raise InvalidGrant("The refresh token belongs to another client.")
        if not self.is_alive(now):
            raise InvalidGrant("The refresh token is revoked or expired.")
        if generation == self.generation:
            self.generation += 1
            self.rotated_at = now
        elif generation != self.generation - 1 or now > self.rotated_at + GRACE:
            self.revoke(now)
            raise RefreshTokenReused("The refresh token was used before; sign in again.")
        return self.generation

    def is_alive(self, now: datetime) -> bool:
        """True while a refresh token of it can still be used."""
        return self.revoked_at is None and now < self.expires_at

    def revoke(self, now: datetime) -> None:
        """Ends the family; a second call keeps the first time."""
        self.revoked_at = self.revoked_at or now

    def narrow(self, requested: frozenset[str] | None) -> frozenset[str]:
        """Returns the scopes of the next access token; raises InvalidScope for more than given."""
        if requested is None:
            return self.scopes
        if not requested <= self.scopes:
            raise InvalidScope("The scope exceeds what was granted at sign-in.")
        return requested


def new_family(family_id: UUID, code: AuthorizationCode, now: datetime) -> RefreshFamily:
    """Starts a family that ends LIFETIME from now, however often it is refreshed."""
    return RefreshFamily(
        id=family_id,
        user_id=code.user_id,
        client_id=code.client_id,
        scopes=code.scopes,
        expires_at=now + LIFETIME,
        rotated_at=now,
        authentication=code.authentication,
    )
