"""Bytes arrive as they were sent in any weather but a reset; a cut keeps them until it is over."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from native.chaos.links import HOST, Link, Weather

LETTER = bytes(range(256)) * 40


@pytest_asyncio.fixture
async def link() -> AsyncIterator[Link]:
    """A link to a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    async with server, Link(server.sockets[0].getsockname()[1]) as opened:
        yield opened


async def sent_through(link: Link) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, link.port)
    try:
        writer.write(LETTER)
        writer.write_eof()
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("weather", [Weather.CALM, Weather.TORN, Weather.SLOW])
async def test_what_is_sent_arrives(link: Link, weather: Weather) -> None:
    link.turn(weather)
    reader, writer = await asyncio.open_connection(HOST, link.port)
    writer.write(LETTER)
    assert await reader.readexactly(len(LETTER)) == LETTER
    writer.close()


async def test_a_cut_link_is_silent_and_loses_nothing(link: Link) -> None:
    link.turn(Weather.CUT)
    waiting = asyncio.create_task(sent_through(link))
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
    link.turn(Weather.CALM)
    assert await waiting == LETTER


async def test_a_reset_ends_what_is_open_and_what_comes_until_it_is_over(link: Link) -> None:
    reader, writer = await asyncio.open_connection(HOST, link.port)
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    link.turn(Weather.RESET)
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    with pytest.raises(ConnectionResetError):
        await sent_through(link)
    link.turn(Weather.CALM)
    assert await sent_through(link) == LETTER


async def test_a_server_that_is_away_is_a_reset_and_not_a_hang() -> None:
    async with Link(1) as link:
        with pytest.raises(ConnectionResetError):
            await sent_through(link)
