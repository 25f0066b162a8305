"""The look-up: what is kept for a request, and whether it may be used.

The hot path asks `fresh` and goes on by itself when the cache has no part in a request;
`fetching.py` does what takes time. Both see a request as the service would.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gateway.cache.policy import matches, wants_the_service
from gateway.cache.recording import Fields, Recording
from gateway.cache.store import Kept, Key, Store
from gateway.edge.exchange import Exchange

# The reads that anybody may see. Nobody waits for anybody on other paths.
_PUBLIC = (b"/v1/products", b"/v2/products", b"/v1/categories", b"/.well-known/")
# Writes that change them.
_WRITES = (*_PUBLIC, b"/v1/product-batches")
_READS = frozenset({"GET", "HEAD"})
# How long a key is passed by whose answer could not be kept, and how many of those are known.
_PASS_SECONDS = 10.0
_MOST_PASSED = 10_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer from the cache."""

    status: int
    fields: Fields
    body: bytes


class Cache:
    """See the module. `outcomes` counts what became of the reads that concern it."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self.outcomes: Counter[str] = Counter()
        # Whose answer others wait for, and all that are being fetched.
        self.under_way: dict[Key, Recording] = {}
        self.recordings: set[Recording] = set()
        self.clock = clock
        self._passed: dict[Key, float] = {}

    def concerns(self, exchange: Exchange) -> bool:
        """Whether a request may be answered from here, or changes what is."""
        scope = exchange.scope
        path: bytes = scope["raw_path"]
        if scope["method"] not in _READS:
            return path.startswith(_WRITES)
        if not path.startswith(_PUBLIC):
            return False
        passed = self._passed.get(key_of(exchange))
        return passed is None or passed < self.clock()

    def fresh(self, exchange: Exchange) -> Reply | None:
        """The answer that is kept for a read, if it is fresh."""
        return self._usable(exchange, lambda kept, age: age < kept.lifetime.fresh, b"souk; hit")

    def stale(self, exchange: Exchange) -> Reply | None:
        """The answer that may go out while somebody asks for a new one."""

        def usable(kept: Kept, age: float) -> bool:
            return age < kept.lifetime.fresh + kept.lifetime.while_revalidating

        return self._usable(exchange, usable, b"souk; hit; detail=stale-while-revalidate")

    def emergency(self, exchange: Exchange) -> Reply | None:
        """The answer that may go out because the service gives none."""

        def usable(kept: Kept, age: float) -> bool:
            return age < kept.lifetime.fresh + kept.lifetime.if_error

        return self._usable(exchange, usable, b"souk; hit; detail=stale-if-error")

    def kept(self, exchange: Exchange) -> Kept | None:
        """What is kept for a request, however old."""
        return self.store.find(key_of(exchange), header_of(exchange))

    def keep(self, recording: Recording) -> None:
        """Take over what was recorded; an answer that may not be kept is remembered as such."""
        if recording.kept is not None and not recording.spoilt:
            self.store.keep(recording.key, recording.kept)
        elif recording.refused:
            if len(self._passed) >= _MOST_PASSED:
                self._passed.clear()
            self._passed[recording.key] = self.clock() + _PASS_SECONDS

    def purge(self, concerned: Callable[[Key], bool]) -> None:
        """Forget what is concerned, even that which is just being fetched."""
        self.store.purge(concerned)
        for recording in self.recordings:
            if concerned(recording.key):
                recording.spoilt = True

    def _usable(
        self, exchange: Exchange, usable: Callable[[Kept, float], bool], status: bytes
    ) -> Reply | None:
        if exchange.scope["method"] not in _READS:
            return None
        header = header_of(exchange)
        kept = self.store.find(key_of(exchange), header)
        if kept is None:
            return None
        age = kept.age(self.clock())
        if not usable(kept, age) or header(b"if-match"):
            return None
        control = header(b"cache-control")
        if control and wants_the_service(control):
            return None
        return reply(kept, header(b"if-none-match"), age, status)


def reply(kept: Kept, wanted: bytes, age: float, status: bytes) -> Reply:
    """The answer from what is kept: 304 where the tags `wanted` (If-None-Match) name it."""
    fields = [*kept.fields, (b"age", b"%d" % age), (b"cache-status", status)]
    if wanted and kept.etag is not None and kept.status == 200 and matches(wanted, kept.etag):
        return Reply(304, [field for field in fields if field[0] != b"content-length"], b"")
    return Reply(kept.status, fields, kept.body)


def key_of(exchange: Exchange) -> Key:
    """Under what the answer to a request is kept."""
    scope = exchange.scope
    return exchange.upstream, exchange.host, scope["raw_path"], scope["query_string"]


def header_of(exchange: Exchange) -> Callable[[bytes], bytes]:
    """Tells a request's fields; the lines of one name are joined."""
    fields = exchange.scope["headers"]
    single = dict(fields)
    if len(single) == len(fields):
        return lambda name: single.get(name, b"")

    def header(name: bytes) -> bytes:
        return b", ".join([value for found, value in fields if found == name])

    return header
