"""Sign-ins that have come as far as the right password and wait for the second factor, in Redis.

Kept by the hash of the browser's cookie, for as long as somebody needs to find a telephone.
"""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

from redis.asyncio import Redis

from auth.domain.account_ports import SecondStep

WAIT_SECONDS = 300


class RedisSecondSteps:
    """Implements domain.account_ports.SecondSteps."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def begin(self, secret: str, step: SecondStep) -> None:
        """Remembers it for WAIT_SECONDS."""
        text = json.dumps([str(step.user_id), step.began.timestamp(), step.method])
        await self._redis.set(_key(secret), text, ex=WAIT_SECONDS)

    async def find(self, secret: str) -> SecondStep | None:
        """Returns it, or None when it has ended or never began in this browser."""
        text = await self._redis.get(_key(secret))
        if text is None:
            return None
        user_id, began, *method = json.loads(str(text))
        return SecondStep(UUID(user_id), datetime.fromtimestamp(began, UTC), *method)

    async def end(self, secret: str) -> None:
        """Forgets it."""
        await self._redis.delete(_key(secret))


def _key(secret: str) -> str:
    return f"auth:second-step:{hashlib.sha256(secret.encode()).hexdigest()}"
