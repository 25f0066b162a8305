"""Clients that hold on to a connection, and fields that are too many, too large or too late."""

import asyncio
import time

import pytest

from gateway.server.protocol import EdgeProtocol
from gateway.testing import Conversation, FakeService, RunningGateway, everything_at, field_of, talk

HEAD = b"GET /v1/orders/x HTTP/1.1\r\nhost: localhost\r\n"
POST = b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\n"
CLOSE = b"connection: close\r\n\r\n"


async def drip(port: int, data: bytes, *, pause: float, seconds: float = 5) -> tuple[bytes, float]:
    """Send byte by byte until answered; the answer, and after how many seconds it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.monotonic()
    answer = asyncio.create_task(reader.read(65536))
    for place in range(len(data)):
        writer.write(data[place : place + 1])
        done, _ = await asyncio.wait({answer}, timeout=pause)
        if done or time.monotonic() - begun > seconds:
            break
    received = await asyncio.wait_for(answer, seconds)
    writer.close()
    return received, time.monotonic() - begun


async def test_a_head_that_drips_is_given_up(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EdgeProtocol, "head_seconds", 0.5)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received, seconds = await drip(gateway.port, HEAD + b"x" * 500, pause=0.02)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/request-timeout" in received
    assert b"connection: close" in received
    assert 0.4 < seconds < 2
    assert service.connections == 0


async def test_a_head_that_takes_its_time_within_the_limit_is_served(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EdgeProtocol, "head_seconds", 3.0)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received, _ = await drip(gateway.port, HEAD + b"\r\n", pause=0.005)
        assert received.startswith(b"HTTP/1.1 200 ")


async def test_the_time_for_a_head_is_not_that_of_the_rest_before_it(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EdgeProtocol, "head_seconds", 0.4)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        for _ in range(2):
            await asyncio.sleep(0.6)
            writer.write(HEAD[:20])
            await asyncio.sleep(0.05)
            writer.write(HEAD[20:] + b"\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(2) == b"ok"
        writer.close()


async def test_a_body_that_drips_is_given_up_however_steadily(service: FakeService) -> None:
    async with RunningGateway(
        upstreams=everything_at(service), body_seconds=0.5, body_rate=1000
    ) as gateway:
        head = POST + b"content-length: 1000\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(head)
        begun = time.monotonic()
        answer = asyncio.create_task(reader.read(65536))
        while not answer.done() and time.monotonic() - begun < 5:
            writer.write(b"x")
            await asyncio.sleep(0.05)
        received = await answer
        writer.close()
    assert received.startswith(b"HTTP/1.1 408 ")
    assert 0.4 < time.monotonic() - begun < 2.5
    assert service.bodies == []


async def test_a_service_that_takes_no_more_of_a_body_is_late_and_not_the_client(
    service: FakeService,
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await asyncio.sleep(20)

    service.script = script
    size = 40_000_000
    async with RunningGateway(
        upstreams=everything_at(service), media_limit=size, first_byte_seconds=1, body_seconds=3
    ) as gateway:
        head = b"PUT /v1/media-uploads/x HTTP/1.1\r\nhost: localhost\r\n"
        request = head + b"content-length: %d\r\n\r\n" % size + bytes(size)
        begun = time.monotonic()
        received = await talk(gateway.port, request, seconds=10)
        assert received.startswith(b"HTTP/1.1 504 ")
        assert field_of(received, b"retry-after") == b"1"
        assert time.monotonic() - begun < 8


async def test_a_body_at_the_least_rate_passes(service: FakeService) -> None:
    async with RunningGateway(
        upstreams=everything_at(service), body_seconds=0.5, body_rate=1000
    ) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(POST + b"content-length: 2000\r\n\r\n")
        for _ in range(10):
            await asyncio.sleep(0.1)
            writer.write(b"x" * 200)
        assert (await reader.read(65536)).startswith(b"HTTP/1.1 200 ")
        writer.close()
    assert service.bodies == [b"x" * 2000]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"x: " + b"y" * 16_000 + b"\r\n", 200),
        (b"x: " + b"y" * 16_384 + b"\r\n", 431),
        (b"y" * 16_385 + b": x\r\n", 431),
        (b"cookie: " + b"c" * 20_000 + b"\r\n", 431),
        (b"x: y\r\n" * 97, 200),
        (b"x: y\r\n" * 101, 431),
        ((b"x: " + b"y" * 6_000 + b"\r\n") * 5, 200),
        ((b"x: " + b"y" * 6_000 + b"\r\n") * 6, 431),
    ],
)
async def test_fields_are_limited_in_number_size_and_sum(
    service: FakeService, fields: bytes, status: int
) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(gateway.port, HEAD + fields + CLOSE, seconds=3)
        assert received.startswith(b"HTTP/1.1 %d " % status)
        # A body in the same piece as the head is not counted as part of it.
        body = b"z" * 60_000
        post = POST + b"content-length: %d\r\n" % len(body) + CLOSE + body
        assert (await talk(gateway.port, post)).startswith(b"HTTP/1.1 200 ")
    assert len(service.heads) == (2 if status == 200 else 1)


@pytest.mark.parametrize(
    "trailer",
    [
        *(b"authorization: Bearer x", b"x-user-id: admin", b"content-length: 99", b"cart-token: t"),
        *(b"transfer-encoding: chunked", b"host: evil.example", b"idempotency-key: k"),
    ],
)
async def test_what_comes_after_a_body_is_no_field_of_the_head(
    service: FakeService, trailer: bytes
) -> None:
    raw = POST + b"transfer-encoding: chunked\r\ntrailer: x\r\nconnection: close\r\n\r\n"
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        whole = raw + b"2\r\nab\r\n0\r\n" + trailer + b"\r\n\r\n"
        received = await talk(gateway.port, whole)
    assert received.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
    name = trailer.partition(b":")[0]
    for head in service.heads:
        assert field_of(head, name) in (None, b"localhost", b"chunked")
        assert b"trailer" not in head


async def test_trailers_do_not_go_on_for_ever(service: FakeService) -> None:
    raw = POST + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n" + b"x: y\r\n" * 20_000
    async with RunningGateway(upstreams=everything_at(service), body_seconds=0.5) as gateway:
        received = await talk(gateway.port, raw, seconds=4)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert service.bodies == []


@pytest.mark.parametrize(
    "target",
    [
        *(b"evil.example:443", b"http://evil.example/", b"https://localhost/v1/orders/x"),
        *(b"/v1/orders/x@evil.example:80", b"//evil.example/v1/orders/x", b"/http://evil.example/"),
    ],
)
@pytest.mark.parametrize("method", [b"CONNECT", b"GET"])
async def test_nobody_is_proxied_to_elsewhere(
    service: FakeService, method: bytes, target: bytes
) -> None:
    raw = b"%b %b HTTP/1.1\r\nhost: localhost\r\n" % (method, target) + CLOSE
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(gateway.port, raw, seconds=2)
    passed = received.startswith(b"HTTP/1.1 200 ")
    assert passed == (method == b"GET" and target.startswith(b"/v1/orders/x@"))
    # It is a name of an order there, and stays on our own service.
    assert len(service.heads) == passed
