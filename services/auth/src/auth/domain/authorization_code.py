"""The code that a browser carries back to the client, and that the client redeems once.

`grant_code` makes codes and `redeem_code` takes them back (RFC 6749 §4.1, RFC 7636).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from auth.domain.authentication import Authentication
from auth.domain.oauth_errors import CodeReplayed, InvalidGrant

CODE_LIFETIME = timedelta(seconds=60)


@dataclass(slots=True)
class AuthorizationCode:
    """One code, known to us by its hash only. Spent, it remembers the family that it founded."""

    code_hash: bytes
    client_id: str
    user_id: UUID
    redirect_uri: str
    scopes: frozenset[str]
    code_challenge: str
    issued_at: datetime
    authentication: Authentication
    nonce: str | None = None
    family_id: UUID | None = None

    def redeem(
        self,
        *,
        client_id: str,
        redirect_uri: str,
        challenge: str,
        family_id: UUID,
        now: datetime,
    ) -> None:
        """Spends the code. Raises CodeReplayed on a second use, InvalidGrant when it is wrong.

        `challenge` is the S256 challenge of the verifier that the client presents.
        """
        if client_id != self.client_id:
            raise InvalidGrant("The code belongs to another client.")
        if self.family_id is not None:
            raise CodeReplayed("The code was used before.")
        if now >= self.issued_at + CODE_LIFETIME:
            raise InvalidGrant("The code has expired.")
        if redirect_uri != self.redirect_uri:
            raise InvalidGrant("redirect_uri is not the one of the authorization request.")
        if challenge != self.code_challenge:
            raise InvalidGrant("code_verifier does not match the code_challenge.")
        self.family_id = family_id
