"""The connection to a replica, fed byte by byte without a socket."""

import asyncio
from typing import Any, cast

import pytest

from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import ClosedBeforeAnswer, MalformedAnswer, TornAnswer

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: 1\r\n\r\nabc"


class FakeTransport:
    """Remembers what was written and whether reading is paused."""

    def __init__(self) -> None:
        self.written = b""
        self.paused = self.aborted = False

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def abort(self) -> None:
        self.aborted = True


def asked(*, head: bool = False) -> tuple[UpstreamConnection, FakeTransport]:
    """A connection on which a request was just sent."""
    connection = UpstreamConnection(asyncio.get_running_loop())
    transport = FakeTransport()
    connection.connection_made(cast(Any, transport))
    connection.begin(b"GET / HTTP/1.1\r\n\r\n", is_head_request=head)
    return connection, transport


async def whole(connection: UpstreamConnection) -> bytes:
    body = b""
    while piece := await connection.read():
        body += piece
    return body


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
async def test_an_answer_is_the_same_however_it_is_cut(step: int) -> None:
    connection, transport = asked()
    for start in range(0, len(WHOLE), step):
        connection.data_received(WHOLE[start : start + step])
    await connection.head()
    assert (connection.status, await whole(connection)) == (200, b"abc")
    assert connection.headers == [(b"content-length", b"3"), (b"x-a", b"1")]
    assert connection.reusable
    assert transport.written == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "reusable"),
    [
        (WHOLE, True),
        (b"HTTP/1.1 204 No\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", False),
        (WHOLE + b"x", False),
        (WHOLE + WHOLE, False),
        (b"HTTP/1.1 204 No\r\n\r\nextra", False),
    ],
)
async def test_only_a_clean_end_lets_the_connection_be_used_again(
    raw: bytes, reusable: bool
) -> None:
    connection, _ = asked()
    connection.data_received(raw)
    assert connection.complete or not reusable
    assert connection.reusable is reusable


async def test_bytes_that_nobody_asked_for_close_the_connection() -> None:
    connection, transport = asked()
    connection.data_received(WHOLE)
    connection.busy = False
    connection.data_received(b"HTTP/1.1 408 Timeout\r\n\r\n")
    assert transport.aborted
    assert not connection.usable


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\ncontent-length: 450\r\n\r\n"])
async def test_the_answer_to_head_ends_with_its_head(raw: bytes) -> None:
    connection, _ = asked(head=True)
    for _ in range(2):
        connection.data_received(raw)
        assert connection.complete
        assert connection.reusable
        connection.begin(b"HEAD / HTTP/1.1\r\n\r\n", is_head_request=True)


async def test_reading_pauses_until_somebody_takes_the_pieces() -> None:
    connection, transport = asked()
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n")
    connection.data_received(b"x" * 200_000)
    assert transport.paused
    assert len(await connection.read()) == 200_000
    assert not transport.paused


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", ClosedBeforeAnswer),
        (b"HTTP/1.1 200", TornAnswer),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na", TornAnswer),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", TornAnswer),
        (b"HTTP/2 200\r\n\r\n", MalformedAnswer),
    ],
)
async def test_an_early_end_has_its_name(raw: bytes, error: type[Exception]) -> None:
    connection, _ = asked()
    if raw:
        connection.data_received(raw)
    connection.connection_lost(None)
    with pytest.raises(error):
        await connection.head()
        await whole(connection)


async def test_a_reset_is_no_end_of_a_body_without_length() -> None:
    connection, _ = asked()
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nabc")
    connection.connection_lost(ConnectionResetError())
    with pytest.raises(TornAnswer):
        await whole(connection)


async def test_an_answer_wakes_whoever_waits() -> None:
    connection, _ = asked()
    waiting = asyncio.create_task(connection.head())
    await asyncio.sleep(0)
    connection.data_received(WHOLE)
    await asyncio.wait_for(waiting, 1)


async def test_writing_waits_while_the_transport_is_full() -> None:
    connection, _ = asked()
    connection.pause_writing()
    waiting = asyncio.create_task(connection.drain())
    await asyncio.sleep(0)
    assert not waiting.done()
    connection.resume_writing()
    await asyncio.wait_for(waiting, 1)
