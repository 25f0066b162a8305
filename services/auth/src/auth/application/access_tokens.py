"""Reads access tokens that come back to the server that made them.

Revocation and introspection take any text for a token, and must not fail over it.
"""

from typing import Protocol

from chassis.claims import Claims, InvalidToken


class AccessTokens(Protocol):
    """Verifies access tokens; `chassis.tokens.TokenVerifier` does."""

    async def verify(self, token: str) -> Claims:
        """Raises InvalidToken."""


async def living_claims(token: str, access_tokens: AccessTokens) -> Claims | None:
    """Returns the claims of a token that is genuine and has not expired, else None."""
    try:
        return await access_tokens.verify(token)
    except InvalidToken:
        return None
