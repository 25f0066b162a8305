"""What passes through the gateway and how, over real sockets with uvloop and uvicorn."""

import asyncio

import pytest

from gateway.testing import (
    Conversation,
    FakeService,
    RunningGateway,
    everything_at,
    field_of,
    talk,
)

PATH = "/v1/products/x"
GET = b"GET /v1/products/x HTTP/1.1\r\nhost: localhost\r\n\r\n"


async def test_a_request_and_its_answer_pass(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.post("/v1/carts?x=1&y=%20", content=b"hello")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert service.heads[0].startswith(b"POST /v1/carts?x=1&y=%20 HTTP/1.1\r\n")
    assert service.bodies == [b"hello"]


async def test_one_connection_carries_many_requests(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(20):
            assert (await gateway.client.get(PATH)).content == b"ok"
            assert (await gateway.client.head(PATH)).content == b""
    assert service.connections == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_body_leaves_the_connection_usable(
    service: FakeService, status: int
) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.request()
            if status == 304:
                # RFC 9110 §8.6 allows the length that a 200 would have had.
                await conversation.send(b"HTTP/1.1 304 X\r\ncontent-length: 450\r\netag: x\r\n\r\n")
            else:
                await conversation.send(b"HTTP/1.1 204 X\r\n\r\n")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(5):
            answer = await gateway.client.get(PATH)
            assert (answer.status_code, answer.content) == (status, b"")
    assert service.connections == 1


async def test_the_head_of_a_get_answered_to_head_keeps_its_length(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.head()
            await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-length: 450\r\n\r\n")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(3):
            assert (await gateway.client.head(PATH)).headers["content-length"] == "450"
    assert service.connections == 1


async def test_chunks_of_both_sides_are_taken_apart_and_framed_anew(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        _, body = await conversation.request()
        service.bodies.append(body)
        await conversation.send(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n"
        )
        await asyncio.sleep(0.05)
        await conversation.send(b"2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(
            gateway.port,
            b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n"
            b"connection: close\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
        )
    assert service.bodies == [b"hello world"]
    assert received.endswith(b"\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert b"transfer-encoding: chunked" in received


async def test_a_body_that_lasts_until_the_close_is_framed(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(b"HTTP/1.1 200 OK\r\n\r\nall")
        await asyncio.sleep(0.05)
        await conversation.send(b" of it")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(2):
            assert (await gateway.client.get(PATH)).content == b"all of it"
    assert service.connections == 2


async def test_an_http_1_0_client_gets_its_answer_until_the_close(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(gateway.port, b"GET /v1/products/x HTTP/1.0\r\n\r\n")
    assert b"chunked" not in received
    assert received.endswith(b"\r\n\r\nabc")


async def test_informational_answers_are_not_taken_for_the_answer(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.request()
            await conversation.send(
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
            )
            await conversation.answer(fields=b"x-final: yes\r\n")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(2):
            answer = await gateway.client.get(PATH)
            assert (answer.status_code, answer.headers["x-final"]) == (200, "yes")
            assert "link" not in answer.headers
    assert service.connections == 1


async def test_the_client_is_asked_to_continue_before_its_body_is_awaited(
    service: FakeService,
) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(
            b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n"
            b"expect: 100-continue\r\n\r\n"
        )
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()
    assert service.bodies == [b"hello"]
    assert field_of(service.heads[0], b"expect") is None


async def test_pipelined_requests_are_answered_in_order(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            head, _ = await conversation.request()
            await conversation.answer(head.split(b" ")[1])

    service.script = script
    second = GET.replace(b"products/x", b"products/y")
    last = GET.replace(b"products/x", b"products/z").replace(
        b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"
    )
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(gateway.port, GET + second + last)
    order = [received.index(b"/v1/products/" + name) for name in (b"x", b"y", b"z")]
    assert order == sorted(order)


async def test_the_head_arrives_before_the_first_piece_of_the_body(service: FakeService) -> None:
    go_on = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        await go_on.wait()
        await conversation.send(b"3\r\nabc\r\n0\r\n\r\n")

    service.script = script
    async with (
        RunningGateway(upstreams=everything_at(service)) as gateway,
        gateway.client.stream("GET", PATH) as answer,
    ):
        assert answer.headers["content-type"] == "text/event-stream"
        go_on.set()
        assert await answer.aread() == b"abc"
