"""The client credentials grant: a machine gets a token for itself (RFC 6749 §4.4).

`./souk import` and `./souk replay` begin with it. There is no refresh token; the machine can
always ask again.
"""

from auth.application.token_request import Grant, TokenAnswer
from auth.domain.authorization import parse_scope
from auth.domain.grant_ports import AccessClaims
from auth.domain.oauth_errors import InvalidScope
from chassis.ids import uuid7


async def client_credentials(grant: Grant) -> TokenAnswer:
    """Raises InvalidScope for more than the client is registered for."""
    allowed = grant.client.scopes
    scopes = parse_scope(grant.request.get("scope")) or allowed
    if not scopes <= allowed:
        raise InvalidScope("The scope exceeds what the client is registered for.")
    claims = AccessClaims(
        jti=uuid7(),
        subject=grant.client.id,
        client_id=grant.client.id,
        scopes=scopes,
        roles=frozenset(),
        issued_at=grant.now,
    )
    return TokenAnswer(access_token=grant.tokens.access_token(claims), scopes=scopes)
