"""Which access tokens are dead before their time: a Redis stream that auth writes and edges read.

Tokens live five minutes and are checked without a call, so a revocation travels by itself: an
entry of the stream `revocations` (contracts/README.md) names a token, a grant or a subject, and
`until` when no token can be alive that it concerns. `Revocations` keeps those in memory.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from redis.asyncio import Redis

from chassis.claims import Claims
from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger

STREAM = "revocations"
# The life of an access token and half a minute for clocks that differ: older entries are moot.
KEEP_SECONDS = 330
BLOCK_SECONDS = 1.0
RETRY_SECONDS = 0.5
BATCH = 1000

Kind = Literal["token", "grant", "subject"]
_KINDS = frozenset(get_args(Kind))

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry. `at` and `until` are Unix seconds.

    `id` is a `jti`, the claim `grant`, or a `sub`, of which tokens issued up to `at` are dead.
    """

    kind: Kind
    id: str
    at: int
    until: int


class RevocationLog:
    """Appends to the stream. Writing an entry twice does no harm, so the writer may retry."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def publish(self, revocations: Iterable[Revocation]) -> None:
        """Raises redis's ConnectionError or TimeoutError when not all of it is known to be in."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for entry in revocations:
                fields = {"kind": entry.kind, "id": entry.id, "at": entry.at, "until": entry.until}
                oldest = f"{(int(time.time()) - KEEP_SECONDS) * 1000}-0"
                pipeline.xadd(STREAM, cast(Any, fields), minid=oldest)
            await pipeline.execute()


class Revocations:
    """A component that follows the stream, and answers from memory.

    It has a connection of its own, since it waits on it. While Redis is away it answers with
    what it knows, and catches up afterwards; `following` says whether it is up to date.
    """

    name = "revocations"

    def __init__(self, redis_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._url = redis_url
        self._clock = clock
        self._known: dict[tuple[str, str], Revocation] = {}
        self._sweep_at = 0.0
        self._stopped = asyncio.Event()
        self.following = False

    def revoked(self, claims: Claims) -> bool:
        """True for the claims of a good token that somebody has since revoked."""
        known = self._known
        if not known:
            return False
        if ("token", claims.token_id) in known or ("grant", claims.grant) in known:
            return True
        subject = known.get(("subject", claims.subject))
        return subject is not None and claims.issued_at <= subject.at

    async def run(self) -> None:
        """Reads the last minutes first, then follows until stopped."""
        last = f"{(int(self._clock()) - KEEP_SECONDS) * 1000}-0"
        async with Redis.from_url(
            self._url, decode_responses=True, socket_timeout=5, socket_connect_timeout=2
        ) as redis:
            while not self._stopped.is_set():
                try:
                    last = await self._read(redis, last)
                    self.following = True
                except Exception as error:
                    if not is_infrastructure(error):
                        raise
                    self.following = False
                    log.warning("revocations_interrupted", error=repr(error))
                    await asyncio.sleep(RETRY_SECONDS)

    async def stop(self) -> None:
        """Stops after the read under way, which takes BLOCK_SECONDS at most."""
        self._stopped.set()

    async def _read(self, redis: "Redis", last: str) -> str:
        """Takes in what is newer than `last`; returns the newest id."""
        block = int(BLOCK_SECONDS * 1000)
        answer: Any = await redis.xread({STREAM: last}, count=BATCH, block=block)
        for _stream, entries in answer or ():
            for entry_id, fields in entries:
                last = entry_id
                self._take(fields)
        self._sweep()
        return last

    def _take(self, fields: dict[str, str]) -> None:
        entry = read_entry(fields)
        if entry is None:
            log.error("revocation_unreadable")
        elif entry.until > self._clock():
            self._known[entry.kind, entry.id] = entry

    def _sweep(self) -> None:
        """Forgets, once in a while, the entries that no living token can be meant by."""
        now = self._clock()
        if now >= self._sweep_at:
            self._sweep_at = now + KEEP_SECONDS / 10
            self._known = {key: e for key, e in self._known.items() if e.until > now}


def read_entry(fields: dict[str, str]) -> Revocation | None:
    """Returns an entry of the stream, or None for one that is not ours."""
    kind, at, until = fields.get("kind", ""), fields.get("at", ""), fields.get("until", "")
    if kind not in _KINDS or not fields.get("id") or not (at.isdecimal() and until.isdecimal()):
        return None
    return Revocation(cast(Kind, kind), fields["id"], int(at), int(until))
