"""Calls one Lua script over one connection of redis-py, with as little between as possible.

The client's own way of a command (pool, retries, packing of each argument) costs twice what this
does, and the limiter makes one call for every batch of requests. Used by `redis_limiter.py`.
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

_SCRIPT = files("gateway.limits").joinpath("gcra.lua").read_bytes()
# The name that Redis itself gives to a script; nothing depends on its strength.
_NAME = hashlib.sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()


class ScriptCall:
    """`gcra.lua` on the server of `redis`; one call at a time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._connection: AbstractConnection | None = None

    async def __call__(self, keys: Sequence[str], lines: bytes, table: bytes) -> bytes:
        """The script's answer; raises RedisError or OSError. After an error it connects anew."""
        command = _pack(keys, lines, table)
        if self._connection is not None:
            try:
                return await self._ask(self._connection, command)
            except (RedisConnectionError, OSError):
                # The server was restarted, or closed a connection that rested.
                await self.close()
        pool: Any = self._redis.connection_pool
        connection = pool.make_connection()
        self._connection = connection
        await connection.connect()
        return await self._ask(connection, command)

    async def close(self) -> None:
        """Drop the connection; an answer that is still to come must not be read as the next."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)

    async def _ask(self, connection: AbstractConnection, command: bytes) -> bytes:
        try:
            return await _exchange(connection, command)
        except NoScriptError:
            await connection.send_command("SCRIPT", "LOAD", _SCRIPT)
            await connection.read_response()
            return await _exchange(connection, command)


async def _exchange(connection: AbstractConnection, command: bytes) -> bytes:
    await connection.send_packed_command(command, check_health=False)
    answer: Any = await connection.read_response(disable_decoding=True)
    return bytes(answer)


def _pack(keys: Sequence[str], lines: bytes, table: bytes) -> bytes:
    """EVALSHA in the Redis protocol (RESP)."""
    count = b"%d" % len(keys)
    words = [b"EVALSHA", _NAME, count, *(key.encode() for key in keys), lines, table]
    packed = b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])
    return b"*%d\r\n%b" % (len(words), packed)
