"""One answer on its way through the gateway that may be kept, and those who wait for it.

The first who asks for a cold key fetches, and whoever asks meanwhile waits here, so that the
service is asked once. `edge/transfer.py` tells a recording what passes; `reading.py` makes them.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gateway.cache.policy import KEPT_STATUSES, Lifetime, lifetime
from gateway.cache.store import Kept, Key

LARGEST_BODY = 1024 * 1024
# What belongs to one passage and not to the answer.
_NOT_KEPT = frozenset({b"age", b"cache-status"})

Fields = list[tuple[bytes, bytes]]


class UseKept(Exception):
    """The kept answer is to be used in place of the one that came."""

    def __init__(self, status: int, said: Fields, fields: Fields) -> None:
        super().__init__(status)
        self.status = status
        self.said = said
        self.fields = fields


class Recording:
    """Collects the answer to one request; `spoilt` says that a purge has overtaken it."""

    def __init__(
        self,
        key: Key,
        header: Callable[[bytes], bytes],
        now: float,
        *,
        authorized: bool,
        stale: Kept | None,
    ) -> None:
        self.key = key
        self.header = header
        self.stale = stale
        self.spoilt = False
        self.ended = False
        # Whether the service said that its answer must not be kept.
        self.refused = False
        # Whether the client left for whom it was fetched.
        self.abandoned = False
        self.kept: Kept | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._authorized = authorized
        self._since = now
        self._status = 0
        self._fields: Fields = []
        self._lifetime: Lifetime | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    def head(self, status: int, said: Fields, fields: Fields) -> None:
        """The head has come: what the service said, and what goes on to the client.

        Raises UseKept where what is kept answers better.
        """
        stale = self.stale
        if stale is not None:
            failed = status >= 500 and self._since < self._usable_until(stale)
            if status == 304 or failed:
                raise UseKept(status, said, fields)
        self._status, self._fields = status, fields
        self._lifetime = lifetime(status, said, authorized=self._authorized)
        if self._lifetime is None:
            # Nobody else needs to wait for an answer that is not theirs. A refusal or a failure
            # says nothing of the next one.
            self.refused = status in KEPT_STATUSES
            self.end()

    def piece(self, body: bytes) -> None:
        """A piece of the body passes."""
        if self._lifetime is None:
            return
        self._size += len(body)
        if self._size > LARGEST_BODY:
            self._lifetime, self._pieces = None, []
            self.refused = True
            self.end()
        else:
            self._pieces.append(body)

    def whole(self) -> None:
        """The answer has passed as a whole, so it may be kept."""
        if self._lifetime is not None:
            self.kept = self._made(self._lifetime, self._fields, b"".join(self._pieces))

    def freshened(self, better: UseKept) -> Kept:
        """What is kept, with the fields and the lifetime of a 304 (RFC 9111 §4.3.4)."""
        stale = self.stale
        assert stale is not None
        said = {name for name, _ in better.fields} - {b"content-length"}
        merged = [field for field in stale.fields if field[0] not in said]
        merged += [field for field in better.fields if field[0] in said]
        self._status = stale.status
        found = lifetime(stale.status, better.said, authorized=self._authorized)
        self.kept = self._made(found or replace(stale.lifetime, age=0.0), merged, stale.body)
        return self.kept

    def end(self) -> None:
        """Let those go on who wait."""
        if not self.done.done():
            self.done.set_result(None)

    def _usable_until(self, stale: Kept) -> float:
        return stale.since - stale.lifetime.age + stale.lifetime.fresh + stale.lifetime.if_error

    def _made(self, found: Lifetime, fields: Fields, body: bytes) -> Kept:
        etag = next((value for name, value in fields if name == b"etag"), None)
        selects = {name: self.header(name) for name in found.vary}
        fields = [field for field in fields if field[0] not in _NOT_KEPT]
        return Kept(self._status, fields, body, found, self._since, selects, etag)
