"""The read cache in Redis: implements `application/read_cache.py`.

Every key begins with `catalog:`. An entry carries the epoch in which it was made, and a topic's
epoch is a random word; both are read in one round trip. A lost epoch is replaced by a new one, so
what Redis evicts is only ever forgotten. A Redis that does not answer is left alone for a second,
so that it slows no reader down.
"""

import time
from collections.abc import Collection as Some
from secrets import token_hex

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from catalog.application.read_cache import Answer, CacheDown, Recollection
from chassis.metrics import tally

ENTRY_SECONDS = 300
EPOCH_SECONDS = 3600
_REST_SECONDS = 1.0
# The last is uvloop's, for a connection that ends while it is opened.
_AWAY = (RedisError, OSError, RuntimeError)

reads = tally("catalog_cache_reads", "Reads of the cache by outcome.", ("outcome",))


class RedisCache:
    """`redis` has short timeouts of its own; see `connect`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._rest_until = 0.0

    async def recall(self, key: str, topic: str) -> Recollection:
        """Reads the epoch and the entry together."""
        if time.monotonic() < self._rest_until:
            reads.add("away")
            return Recollection(None, None)
        try:
            epoch, entry = await self._redis.mget(_epoch_key(topic), _entry_key(key))
            if epoch is None:
                reads.add("miss")
                return Recollection(None, await self._begin(topic))
        except _AWAY:
            self._rest()
            reads.add("away")
            return Recollection(None, None)
        name = epoch.decode() if isinstance(epoch, bytes) else epoch
        answer = _answer(entry, name) if isinstance(entry, bytes) else None
        reads.add("miss" if answer is None else "hit")
        return Recollection(answer, name)

    async def _begin(self, topic: str) -> str | None:
        """Gives a topic without an epoch its first; None when another did so meanwhile."""
        epoch = token_hex(8)
        begun = await self._redis.set(_epoch_key(topic), epoch, ex=EPOCH_SECONDS, nx=True)
        return epoch if begun else None

    async def keep(self, key: str, epoch: str, answer: Answer) -> None:
        """Writes the entry with its epoch."""
        head = orjson.dumps({"epoch": epoch, "etag": answer.etag, "link": answer.link})
        try:
            await self._redis.set(_entry_key(key), head + b"\n" + answer.body, ex=ENTRY_SECONDS)
        except _AWAY:
            self._rest()

    async def forget(self, topics: Some[str]) -> None:
        """Gives each topic a new epoch; raises CacheDown."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for topic in topics:
                    pipe.set(_epoch_key(topic), token_hex(8), ex=EPOCH_SECONDS)
                await pipe.execute()
        except _AWAY as error:
            self._rest()
            raise CacheDown(str(error)) from error

    def _rest(self) -> None:
        self._rest_until = time.monotonic() + _REST_SECONDS


def connect(url: str, *, patience: float = 0.25) -> Redis:
    """Returns a client that gives up after `patience` seconds; connects when first used."""
    return Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)


def _entry_key(key: str) -> str:
    return f"catalog:answer:{key}"


def _epoch_key(topic: str) -> str:
    return f"catalog:epoch:{topic}"


def _answer(entry: bytes, epoch: str) -> Answer | None:
    """Returns the answer of an entry that was made in this epoch."""
    head, _newline, body = entry.partition(b"\n")
    facts = orjson.loads(head)
    if facts["epoch"] != epoch:
        return None
    return Answer(body, facts["etag"], facts["link"])
