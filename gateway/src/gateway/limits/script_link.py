"""One bare connection to Redis on which one Lua script is called, a call at a time.

It goes through hiredis alone: redis-py's own way of a command (pool, retries, streams) costs
several times what the script does. Address and password are those of the given client. Used by
`redis_limiter.py`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Self, cast

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection

_SCRIPT = files("gateway.limits").joinpath("gcra.lua").read_bytes()
# The name that Redis itself gives to a script; nothing depends on its strength.
_NAME = hashlib.sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()

Answered = Callable[[bytes | Exception], None]


class ScriptLink(asyncio.Protocol):
    """Calls `gcra.lua`; `answered` gets each call's answer, or what went wrong with it."""

    def __init__(self, answered: Answered) -> None:
        self.closed = False
        self._answered = answered
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        # The call under way; it is sent again after the script was loaded.
        self._command = b""
        self._loading = False
        # Answers to the password and the choice of the database that are still to come.
        self._greetings = 0

    @classmethod
    async def open(cls, redis: Redis, answered: Answered) -> Self:
        """Connect to the server of `redis`; raises OSError."""
        settings = redis.connection_pool.connection_kwargs
        tls = issubclass(redis.connection_pool.connection_class, SSLConnection)
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(
            lambda: cls(answered), settings["host"], settings["port"], ssl=tls or None
        )
        link.greet(settings.get("username"), settings.get("password"), settings.get("db") or 0)
        return link

    def greet(self, user: str | None, password: str | None, database: int) -> None:
        """Say who we are and which database is meant; the answers come before the first call's."""
        if password:
            self._write(b"AUTH", (user or "default").encode(), password.encode())
            self._greetings += 1
        if database:
            self._write(b"SELECT", b"%d" % database)
            self._greetings += 1

    def call(self, keys: Sequence[str], lines: bytes, table: bytes) -> None:
        """Count one request of each key; `lines` holds its line of `table` for each."""
        words = [b"EVALSHA", _NAME, b"%d" % len(keys), *(key.encode() for key in keys)]
        self._command = _pack(*words, lines, table)
        assert self._transport is not None
        self._transport.write(self._command)

    def close(self) -> None:
        """Drop the connection; an answer that is still to come must not be read as the next."""
        self.closed = True
        self._command = b""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have asyncio's methods, but not its classes.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._command and not self._greetings:
            # Nobody asked, so what comes would be read as the next answer.
            self.close()
            return
        self._reader.feed(data)
        while (self._command or self._greetings) and (reply := self._reader.gets()) is not False:
            self._take(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._command:
            self._end(exc or ConnectionResetError("Redis closed the connection"))

    def _take(self, reply: Any) -> None:
        failed = isinstance(reply, Exception)
        if self._loading:
            # The script's name, or the error that the call will meet again.
            self._loading = False
            assert self._transport is not None
            self._transport.write(self._command)
        elif self._greetings and not failed:
            self._greetings -= 1
        elif isinstance(reply, bytes):
            self._end(reply)
        elif failed and str(reply).startswith("NOSCRIPT"):
            self._loading = True
            self._write(b"SCRIPT", b"LOAD", _SCRIPT)
        else:
            self.close()
            self._answered(hiredis.ReplyError(str(reply)))

    def _write(self, *words: bytes) -> None:
        assert self._transport is not None
        self._transport.write(_pack(*words))

    def _end(self, answer: bytes | Exception) -> None:
        self._command = b""
        self._answered(answer)


def _pack(*words: bytes) -> bytes:
    # Its type says a tuple of one.
    packed: bytes = hiredis.pack_command(cast(Any, words))
    return packed
