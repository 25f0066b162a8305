"""Streams of events and WebSockets: they pass piece by piece, and end when either side ends."""

import asyncio
import hashlib
import time

import pytest

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at, field_of

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n"
GET = b"GET /v1/orders/x HTTP/1.1\r\nhost: localhost\r\n"
ASK = GET + (
    b"connection: keep-alive, Upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def event(number: int) -> bytes:
    return b"data: %d\n\n" % number


@pytest.mark.parametrize("chunked", [True, False])
async def test_events_arrive_as_they_are_sent(service: FakeService, chunked: bool) -> None:
    go_on = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.head()
        coding = b"transfer-encoding: chunked\r\n" if chunked else b""
        await conversation.send(EVENTS + coding + b"\r\n")
        for number in range(5):
            data = event(number)
            await conversation.send(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
            await go_on.wait()
            go_on.clear()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service), idle_seconds=0.3) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(GET + b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert field_of(head, b"content-type") == b"text/event-stream"
        for number in range(5):
            # None is held back until the next one comes.
            await asyncio.wait_for(reader.readuntil(event(number)), 2)
            # They may be silent for longer than another answer may.
            await asyncio.sleep(0.5 if number == 0 else 0)
            go_on.set()
        writer.close()


async def test_events_that_stay_out_too_long_end_the_stream(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(EVENTS + b"\r\n" + event(0))
        await conversation.reader.read()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service), quiet_seconds=0.4) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(GET + b"\r\n")
        await reader.readuntil(event(0))
        await asyncio.wait_for(service.ended.wait(), 3)
        writer.close()


async def test_a_listener_that_leaves_ends_the_stream(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(EVENTS + b"\r\n" + event(0))
        await conversation.reader.read()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(GET + b"\r\n")
        await reader.readuntil(event(0))
        left = time.monotonic()
        writer.close()
        await asyncio.wait_for(service.ended.wait(), 3)
        assert time.monotonic() - left < 1


async def echoing(conversation: Conversation) -> None:
    """Switches, and sends back what comes."""
    assert field_of(await conversation.head(), b"upgrade") == b"websocket"
    # The first bytes come together with the head.
    await conversation.send(SWITCH + b"hello")
    while data := await conversation.reader.read(65536):
        await conversation.send(data)


async def opened(
    gateway: RunningGateway, more: bytes = b""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(ASK + b"\r\n" + more)
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


async def test_a_websocket_carries_bytes_both_ways(service: FakeService) -> None:
    service.script = echoing
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer, head = await opened(gateway, b"early")
        assert head.startswith(b"HTTP/1.1 101 ")
        assert field_of(head, b"upgrade") == b"websocket"
        assert field_of(head, b"sec-websocket-accept") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert await reader.readexactly(10) == b"helloearly"
        frame = bytes(range(256)) * 4096
        for _ in range(8):
            writer.write(frame)
        received = hashlib.sha256()
        for _ in range(8):
            received.update(await reader.readexactly(len(frame)))
        assert received.digest() == hashlib.sha256(frame * 8).digest()
        writer.close()
        await asyncio.wait_for(service.ended.wait(), 3)


async def test_a_websocket_ends_with_its_service(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(SWITCH + b"bye")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer, _ = await opened(gateway)
        assert await asyncio.wait_for(reader.read(), 3) == b"bye"
        writer.close()
        service.script = service.echo
        assert (await gateway.client.get("/v1/orders/x")).status_code == 200


async def test_a_silent_websocket_is_closed(service: FakeService) -> None:
    service.script = echoing
    async with RunningGateway(upstreams=everything_at(service), quiet_seconds=0.4) as gateway:
        reader, writer, _ = await opened(gateway)
        assert await asyncio.wait_for(reader.read(), 3) == b"hello"
        writer.close()


@pytest.mark.parametrize("status", [401, 404, 200])
async def test_a_service_may_refuse_a_websocket(service: FakeService, status: int) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.answer(b"no", status=status)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer, head = await opened(gateway)
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert await reader.readexactly(2) == b"no"
        writer.close()


async def test_a_foreign_page_opens_no_websocket(service: FakeService) -> None:
    service.script = echoing
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(ASK + b"origin: https://evil.example\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
    assert head.startswith(b"HTTP/1.1 403 ")
    assert service.connections == 0


async def test_a_bad_token_opens_no_websocket(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(ASK + b"authorization: Bearer x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 401 ")
        writer.close()
    assert service.connections == 0


async def test_a_post_and_other_protocols_are_no_websocket(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        h2c = ASK.replace(b"websocket\r\n", b"h2c\r\n", 1)
        for raw in (ASK.replace(b"GET", b"POST"), h2c, ASK.replace(b"-key", b"-kay")):
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(raw + b"content-length: 0\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            writer.close()
    assert all(field_of(head, b"upgrade") is None for head in service.heads)
