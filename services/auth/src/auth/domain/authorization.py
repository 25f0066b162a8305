"""The authorization request of a client and the code that answers it (RFC 6749 §4.1, RFC 7636).

`begin_authorization` checks requests, `grant_code` makes codes, and `redeem_code` takes them
back. PKCE's S256 is required of every client, as in OAuth 2.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from auth.domain.client import AUTHORIZATION_CODE, Client
from auth.domain.oauth_errors import (
    CodeReplayed,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    UnsupportedResponseType,
)
from auth.domain.rights import SCOPES

CODE_LIFETIME = timedelta(seconds=60)

# A SHA-256 digest in base64url without padding is always this long.
_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked request: what the person is asked to allow, and where the answer goes.

    `scopes` is None when the client asked for none in particular.
    """

    client_id: str
    redirect_uri: str
    scopes: frozenset[str] | None
    state: str | None
    code_challenge: str


def check_authorization_request(
    parameters: Mapping[str, str], client: Client
) -> AuthorizationRequest:
    """Checks what follows after client and redirect URI are known; raises an OAuthError."""
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseType("response_type must be code.")
    client.check_grant(AUTHORIZATION_CODE)
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("response_mode must be query.")
    return AuthorizationRequest(
        client_id=client.id,
        redirect_uri=parameters["redirect_uri"],
        scopes=parse_scope(parameters.get("scope")),
        state=parameters.get("state"),
        code_challenge=_challenge(parameters),
    )


def parse_scope(scope: str | None) -> frozenset[str] | None:
    """Reads a `scope` parameter; None when absent. Raises InvalidScope for an unknown scope."""
    scopes = frozenset((scope or "").split())
    if not scopes <= SCOPES.keys():
        raise InvalidScope("The scope names something that does not exist here.")
    return scopes or None


def _challenge(parameters: Mapping[str, str]) -> str:
    """Without a method RFC 7636 means `plain`, so the method must be spelt out too."""
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256.")
    challenge = parameters.get("code_challenge", "")
    if not _S256_CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge must be an S256 challenge of 43 characters.")
    return challenge


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
    family_id: UUID | None = None
    session_id: UUID | None = None

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
