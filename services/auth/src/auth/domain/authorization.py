"""The authorization request of a client (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

`begin_authorization` checks it; `next_step` finds out what it takes to answer it. PKCE's S256 is
required of every client, as in OAuth 2.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from auth.domain.client import AUTHORIZATION_CODE, Client
from auth.domain.oauth_errors import (
    InvalidRequest,
    InvalidScope,
    RequestNotSupported,
    RequestUriNotSupported,
    UnsupportedResponseType,
)
from auth.domain.rights import SCOPES

# What a client may ask of the pages: nothing shown, a new sign-in, consent, a choice of account.
NONE, LOGIN, CONSENT, SELECT_ACCOUNT = "none", "login", "consent", "select_account"
PROMPTS = frozenset({NONE, LOGIN, CONSENT, SELECT_ACCOUNT})
MAX_NONCE = 255

# A SHA-256 digest in base64url without padding is always this long.
_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked request: what the person is asked to allow, and where the answer goes.

    `scopes` is None when the client asked for none in particular. `max_age` is how many seconds
    ago the person may have signed in at most.
    """

    client_id: str
    redirect_uri: str
    scopes: frozenset[str] | None
    state: str | None
    code_challenge: str
    nonce: str | None = None
    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str | None = None
    id_token_hint: str | None = None

    def signed_in(self) -> Self:
        """Returns the request once the person has signed in for it, which it need not ask again."""
        return replace(self, prompts=self.prompts - {LOGIN, SELECT_ACCOUNT}, max_age=None)

    def parameters(self) -> dict[str, str]:
        """Returns it as a query again; nothing unchecked of the original goes into a page."""
        given = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(sorted(self.scopes or ())),
            "state": self.state,
            "code_challenge": self.code_challenge,
            "code_challenge_method": "S256",
            "nonce": self.nonce,
            "prompt": " ".join(sorted(self.prompts)),
            "max_age": None if self.max_age is None else str(self.max_age),
            "login_hint": self.login_hint,
            "id_token_hint": self.id_token_hint,
        }
        return {name: value for name, value in given.items() if value}


def check_authorization_request(
    parameters: Mapping[str, str], client: Client
) -> AuthorizationRequest:
    """Checks what follows after client and redirect URI are known; raises an OAuthError."""
    if "request" in parameters:
        raise RequestNotSupported("Requests come as plain parameters here.")
    if "request_uri" in parameters:
        raise RequestUriNotSupported("Requests come as plain parameters here.")
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
        nonce=_nonce(parameters),
        prompts=_prompts(parameters),
        max_age=_max_age(parameters),
        login_hint=parameters.get("login_hint") or None,
        id_token_hint=parameters.get("id_token_hint") or None,
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


def _nonce(parameters: Mapping[str, str]) -> str | None:
    nonce = parameters.get("nonce") or None
    if nonce is not None and len(nonce) > MAX_NONCE:
        raise InvalidRequest("nonce is too long.")
    return nonce


def _prompts(parameters: Mapping[str, str]) -> frozenset[str]:
    prompts = frozenset(parameters.get("prompt", "").split())
    if not prompts <= PROMPTS:
        raise InvalidRequest("prompt names something that this server does not know.")
    if NONE in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt=none goes with no other prompt.")
    return prompts


def _max_age(parameters: Mapping[str, str]) -> int | None:
    text = parameters.get("max_age")
    if not text:
        return None
    if not _SECONDS.fullmatch(text):
        raise InvalidRequest("max_age must be a number of seconds.")
    return int(text)
