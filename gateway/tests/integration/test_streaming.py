"""Large bodies: they pass whole, and a slow reader slows the sender instead of filling memory."""

import asyncio
import hashlib

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at

GET = b"GET /v1/products/x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
PIECE = bytes(range(256)) * 256
PIECES = 1600  # 100 MiB
# What the kernel's socket buffers of two connections and our own pieces may hold together.
MOST_UNDER_WAY = 16 * 1024 * 1024


async def test_100_mib_pass_whole_while_memory_stays_bounded(service: FakeService) -> None:
    sent = 0

    async def script(conversation: Conversation) -> None:
        nonlocal sent
        await conversation.head()
        length = len(PIECE) * PIECES
        await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % length)
        for _ in range(PIECES):
            await conversation.send(PIECE)
            sent += len(PIECE)

    service.script = script
    digest, received = hashlib.sha256(), 0
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.5)
        # Nobody reads, so the service must have come to a halt.
        halted_at = sent
        assert halted_at < MOST_UNDER_WAY
        while piece := await reader.read(1 << 20):
            digest.update(piece)
            received += len(piece)
            assert sent - received < MOST_UNDER_WAY
        writer.close()
    assert digest.digest() == hashlib.sha256(PIECE * PIECES).digest()


async def test_a_slow_service_slows_the_upload(service: FakeService) -> None:
    go_on = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        head = await conversation.head()
        service.heads.append(head)
        await go_on.wait()
        service.bodies.append(await conversation.reader.readexactly(1024 * 1024))
        await conversation.answer()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        request = gateway.client.post("/v1/carts", content=bytes(1024 * 1024))
        answer = asyncio.create_task(request)
        await asyncio.sleep(0.3)
        assert len(service.heads) == 1
        assert not answer.done()
        go_on.set()
        assert (await answer).status_code == 200
    assert service.bodies == [bytes(1024 * 1024)]


async def test_an_answer_before_the_end_of_the_upload_is_delivered(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.answer(b"no", status=401)
        await conversation.reader.read()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(
            b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nabc"
        )
        received = await asyncio.wait_for(reader.read(), 4)
        writer.close()
    assert received.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in received
    assert received.endswith(b"no")


async def test_a_client_that_never_reads_is_given_up(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (1 << 30))
        while True:
            await conversation.send(PIECE)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service), idle_seconds=0.4) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(GET)
        await asyncio.wait_for(service.ended.wait(), 4)
        writer.close()


async def test_a_client_that_leaves_during_its_upload_ends_it(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(
            b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc"
        )
        await asyncio.sleep(0.2)
        writer.transport.abort()
        await asyncio.wait_for(service.ended.wait(), 3)
        assert (await gateway.client.get("/v1/products/x")).status_code == 200
    assert service.bodies == [b""]


async def test_pieces_of_an_upload_pass_before_the_rest_is_there(service: FakeService) -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(conversation: Conversation) -> None:
        await conversation.head()
        answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        while size := int(await conversation.reader.readline(), 16):
            piece = await conversation.reader.readexactly(size + 2)
            arrived.put_nowait(piece)
            # The answer to each piece comes before the next one, too.
            await conversation.send(answer + b"%x\r\n%b" % (size, piece))
            answer = b""
        await conversation.send(b"0\r\n\r\n")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        chunked = b"host: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(b"POST /v1/carts HTTP/1.1\r\n" + chunked)
        for number in range(5):
            writer.write(b"3\r\nab%d\r\n" % number)
            assert await asyncio.wait_for(arrived.get(), 2) == b"ab%d\r\n" % number
            await asyncio.wait_for(reader.readuntil(b"ab%d\r\n" % number), 2)
        writer.write(b"0\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 2)
        writer.close()
