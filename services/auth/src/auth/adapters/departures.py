"""Browsers that were sent to another provider, in Redis, until they come back or give up.

Kept under the hashes of the browser's cookie and of the `state`: an answer counts in the browser
that asked for it, and once.
"""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

from redis.asyncio import Redis

from auth.application.foreign_sign_in import Departure

WAIT_SECONDS = 600


class RedisDepartures:
    """Implements application.foreign_sign_in.Departures."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def keep(self, secret: str, departure: Departure) -> None:
        """Remembers it for WAIT_SECONDS."""
        fields = {
            "provider_id": departure.provider_id,
            "state": departure.state,
            "nonce": departure.nonce,
            "verifier": departure.verifier,
            "began": departure.began.timestamp(),
            "journey": dict(departure.journey),
            "link_to": str(departure.link_to) if departure.link_to else None,
        }
        key = _key(secret, departure.state)
        await self._redis.set(key, json.dumps(fields), ex=WAIT_SECONDS)

    async def take(self, secret: str, state: str) -> Departure | None:
        """Returns and forgets it."""
        text = await self._redis.getdel(_key(secret, state))
        if text is None:
            return None
        fields = json.loads(str(text))
        link_to = fields["link_to"]
        return Departure(
            provider_id=fields["provider_id"],
            state=fields["state"],
            nonce=fields["nonce"],
            verifier=fields["verifier"],
            began=datetime.fromtimestamp(fields["began"], UTC),
            journey=fields["journey"],
            link_to=UUID(link_to) if link_to else None,
        )


def _key(secret: str, state: str) -> str:
    return f"auth:departure:{hashlib.sha256(f'{secret} {state}'.encode()).hexdigest()}"
