"""Remembers in Redis which client assertions have been used (RFC 7523 §3).

When Redis is away its ConnectionError climbs to the edge and becomes a 503: an assertion that may
have been used before is not taken.
"""

import hashlib

from redis.asyncio import Redis

from auth.domain.grant_ports import Assertion


class RedisSpentAssertions:
    """Implements domain.ports.SpentAssertions."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def spend(self, assertion: Assertion) -> bool:
        """Remembers the `jti` a minute longer than the assertion is valid."""
        key = f"auth:assertion:{assertion.client_id}:{_digest(assertion.jti)}"
        until = int(assertion.expires_at.timestamp()) + 60
        return bool(await self._redis.set(key, "1", nx=True, exat=until))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
