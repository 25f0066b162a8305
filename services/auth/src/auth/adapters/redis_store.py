"""What auth keeps in Redis: signed-in browsers and client assertions already used.

Keys begin with `auth:` and hold hashes, so that a dump of Redis signs nobody in. When Redis is
away its ConnectionError climbs to the edge and becomes a 503: signing in closes, never opens.
"""

import hashlib
import secrets
from uuid import UUID

from redis.asyncio import Redis

from auth.domain.ports import Assertion

SESSION_SECONDS = 8 * 3600


class RedisSessions:
    """Implements domain.ports.Sessions."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def open(self, user_id: UUID) -> str:
        """Returns 256 random bits; the session ends after SESSION_SECONDS."""
        session_id = secrets.token_urlsafe(32)
        await self._redis.set(_session_key(session_id), str(user_id), ex=SESSION_SECONDS)
        return session_id

    async def user_of(self, session_id: str) -> UUID | None:
        """Returns None for an unknown, ended or forged id."""
        value = await self._redis.get(_session_key(session_id))
        return UUID(str(value)) if value else None

    async def close(self, session_id: str) -> None:
        """Ends the session at once."""
        await self._redis.delete(_session_key(session_id))


class RedisSpentAssertions:
    """Implements domain.ports.SpentAssertions."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def spend(self, assertion: Assertion) -> bool:
        """Remembers the `jti` a minute longer than the assertion is valid."""
        key = f"auth:assertion:{assertion.client_id}:{_digest(assertion.jti)}"
        until = int(assertion.expires_at.timestamp()) + 60
        return bool(await self._redis.set(key, "1", nx=True, exat=until))


def _session_key(session_id: str) -> str:
    return f"auth:session:{_digest(session_id)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
