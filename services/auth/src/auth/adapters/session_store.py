"""Signed-in browsers in Redis: by the hash of their cookie, and listed for their owner.

Keys hold hashes, so that a dump of Redis signs nobody in. When Redis is away its ConnectionError
climbs to the edge and becomes a 503: signing in closes, never opens.
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from uuid import UUID

from redis.asyncio import Redis

from auth.domain.session import LIFETIME, Session, Visitor


class RedisSessions:
    """Implements domain.ports.Sessions.

    A session is one key with an expiry. `auth:sessions:<user>` maps the public `sid` of each to
    its key; what has expired is dropped from there when the owner looks.
    """

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def open(self, session: Session) -> str:
        """Returns 256 random bits for the cookie."""
        secret = secrets.token_urlsafe(32)
        key, owner = _key(secret), _owner_key(session.user_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(key, _written(session), exat=session.ends_at)
            pipe.hset(owner, str(session.sid), key)
            pipe.expire(owner, LIFETIME)
            await pipe.execute()
        return secret

    async def find(self, secret: str, now: datetime) -> Session | None:
        """Returns the session and keeps it from ending idle; None for an ended or forged one."""
        key = _key(secret)
        text = await self._redis.get(key)
        if text is None:
            return None
        session = _read(str(text), now)
        # XX: a session that is ended at this very moment must not come back.
        await self._redis.set(key, _written(session), xx=True, exat=session.ends_at)
        return session

    async def close(self, secret: str) -> None:
        """Ends the session of this cookie at once."""
        key = _key(secret)
        text = await self._redis.getdel(key)
        if text is not None:
            session = _read(str(text))
            await self._redis.hdel(_owner_key(session.user_id), str(session.sid))

    async def of_user(self, user_id: UUID) -> list[Session]:
        """Returns the owner's sessions, the newest first."""
        owner = _owner_key(user_id)
        keys = {str(sid): str(key) for sid, key in (await self._redis.hgetall(owner)).items()}
        if not keys:
            return []
        texts = dict(zip(keys, await self._redis.mget(list(keys.values())), strict=True))
        if gone := [sid for sid, text in texts.items() if text is None]:
            await self._redis.hdel(owner, *gone)
        found = [_read(str(text)) for text in texts.values() if text is not None]
        return sorted(found, key=lambda session: session.started_at, reverse=True)

    async def end(self, user_id: UUID, sid: UUID) -> None:
        """Ends one of the owner's sessions; nobody else's sid is known here."""
        owner = _owner_key(user_id)
        key = await self._redis.hget(owner, str(sid))
        if key is not None:
            await self._redis.delete(str(key))
            await self._redis.hdel(owner, str(sid))

    async def end_all(self, user_id: UUID, keep: UUID | None = None) -> None:
        """Ends every session of the owner but one."""
        for session in await self.of_user(user_id):
            if session.sid != keep:
                await self.end(user_id, session.sid)


def _key(secret: str) -> str:
    return f"auth:session:{hashlib.sha256(secret.encode()).hexdigest()}"


def _owner_key(user_id: UUID) -> str:
    return f"auth:sessions:{user_id}"


def _written(session: Session) -> str:
    return json.dumps(
        {
            "sid": str(session.sid),
            "user_id": str(session.user_id),
            "started_at": session.started_at.timestamp(),
            "last_seen_at": session.last_seen_at.timestamp(),
            "address": session.visitor.address,
            "user_agent": session.visitor.user_agent,
            "methods": session.methods,
        }
    )


def _read(text: str, seen_at: datetime | None = None) -> Session:
    fields = json.loads(text)
    return Session(
        sid=UUID(fields["sid"]),
        user_id=UUID(fields["user_id"]),
        started_at=datetime.fromtimestamp(fields["started_at"], UTC),
        last_seen_at=seen_at or datetime.fromtimestamp(fields["last_seen_at"], UTC),
        visitor=Visitor(fields["address"], fields["user_agent"]),
        methods=tuple(fields["methods"]),
    )
