"""The answers that are kept: by address, in variants, and never more bytes than allowed.

The one used longest ago goes first. A purge also spoils what is being fetched at that moment,
since that may have been read before the change. Used by `reading.py` and `tail.py`.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.cache.policy import Lifetime

# Service, host, path and query.
Key = tuple[str, bytes, bytes, bytes]

MOST_VARIANTS = 8
# What an entry costs beside its body and fields.
_OVERHEAD = 1024


@dataclass(slots=True)
class Kept:
    """One answer. `since` is when it was `lifetime.age` seconds old, by the cache's clock."""

    status: int
    fields: list[tuple[bytes, bytes]]
    body: bytes
    lifetime: Lifetime
    since: float
    selects: Mapping[bytes, bytes]
    etag: bytes | None

    def age(self, now: float) -> float:
        """Seconds since the service made it."""
        return now - self.since + self.lifetime.age

    @property
    def size(self) -> int:
        """Bytes that it counts for."""
        return _OVERHEAD + len(self.body) + sum(len(n) + len(v) for n, v in self.fields)


class Store:
    """At most `limit` bytes of answers; `bytes`, `purges` and `epoch` are for readers."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, list[Kept]] = OrderedDict()
        self.bytes = 0
        self.purges = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key, header: Callable[[bytes], bytes]) -> Kept | None:
        """The variant for a request whose fields `header` tells."""
        variants = self._kept.get(key)
        if variants is None:
            return None
        for kept in variants:
            if all(header(name) == value for name, value in kept.selects.items()):
                self._kept.move_to_end(key)
                return kept
        return None

    def keep(self, key: Key, kept: Kept) -> None:
        """Keep an answer in place of the one for the same request."""
        variants = self._kept.setdefault(key, [])
        for old in [one for one in variants if one.selects.keys() != kept.selects.keys()]:
            self._drop(variants, old)
        for old in [one for one in variants if one.selects == kept.selects]:
            self._drop(variants, old)
        if len(variants) >= MOST_VARIANTS:
            self._drop(variants, variants[0])
        variants.append(kept)
        self.bytes += kept.size
        self._kept.move_to_end(key)
        while self.bytes > self._limit:
            oldest = next(iter(self._kept))
            self._forget(oldest)

    def purge(self, concerned: Callable[[Key], bool]) -> None:
        """Forget every answer whose key is concerned."""
        self.purges += 1
        for key in [key for key in self._kept if concerned(key)]:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        for kept in self._kept.pop(key):
            self.bytes -= kept.size

    def _drop(self, variants: list[Kept], kept: Kept) -> None:
        variants.remove(kept)
        self.bytes -= kept.size
