"""A TCP proxy of our own: each link stands between one client of the stack and one server.

`ground.py` opens one for each pair, and the faults of `faults/links.py` trouble them. Nothing of
the shop knows of it: the processes are told the link's port in place of the server's.
"""

import asyncio
import contextlib
import random
import socket
import struct
from enum import StrEnum
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
CHUNK = 64 * 1024
SLOW_SECONDS = 0.15
SLICES = (1, 200)  # bytes
# A torn megabyte must not take a minute: after this many slices a piece passes as it is.
MOST_SLICES = 40
AT_ONCE_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close() sends RST


class Weather(StrEnum):
    """What a link does to the bytes that pass: SLOW delays each piece, CUT keeps them back in
    silence, RESET ends each connection with RST, TORN passes them on in small slices."""

    CALM = "calm"
    SLOW = "slow"
    CUT = "cut"
    RESET = "reset"
    TORN = "torn"


class Link:
    """One way from a client to the server at `target`; `port` is where the client finds it."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._weather = Weather.CALM
        self._lifted = asyncio.Event()
        self._lifted.set()
        self._dice = random.Random(target)  # noqa: S311  sizes of slices
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the port and everything that passes through it."""
        if self._server is not None:
            self._server.close()
        self._lifted.set()
        self._reset()

    def turn(self, weather: Weather) -> None:
        """Change the weather, for what passes now and for what comes later."""
        self._weather = weather
        if weather is Weather.CUT:
            self._lifted.clear()
        else:
            self._lifted.set()
        if weather is Weather.RESET:
            self._reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._weather is Weather.RESET:
                _abort(writer)
                return
            await self._lifted.wait()
            there, back = await asyncio.open_connection(HOST, self._target)
        except OSError:
            _abort(writer)
            return
        finally:
            self._open.discard(writer)
        await self._join((reader, writer), (there, back))

    async def _join(
        self,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        ends = {near[1], far[1]}
        self._open |= ends
        try:
            await asyncio.gather(self._pump(near[0], far[1]), self._pump(far[0], near[1]))
        except OSError:
            # One side is gone; the other learns it as it would without us.
            for end in ends:
                _abort(end)
        finally:
            self._open -= ends
            for end in ends:
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._pass_on(data, writer)
        await self._lifted.wait()
        with contextlib.suppress(OSError):
            writer.write_eof()

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        await self._lifted.wait()
        if self._weather is Weather.TORN:
            data = await self._slice(data, writer)
        writer.write(data)
        await writer.drain()

    async def _slice(self, data: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Write the first slices, each by itself; returns the rest."""
        for _ in range(MOST_SLICES):
            if not data:
                break
            size = self._dice.randint(*SLICES)
            writer.write(data[:size])
            await writer.drain()
            await asyncio.sleep(0.001)
            data = data[size:]
        return data

    def _reset(self) -> None:
        for writer in list(self._open):
            _abort(writer)


def _abort(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_RESET)
    writer.transport.abort()
