"""What a client gets when a service is away, slow, torn or wrong: a problem, and never a hang."""

import asyncio
import time

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at, talk

PATH = "/v1/products/x"
GET = b"GET /v1/products/x HTTP/1.1\r\nhost: localhost\r\n\r\n"


def is_problem(answer: httpx.Response, status: int, slug: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{slug}"
    assert answer.headers["x-request-id"]


async def test_a_service_that_is_away_gives_503_with_retry_after(service: FakeService) -> None:
    upstreams = everything_at(service)
    await service.stop()
    async with RunningGateway(upstreams=upstreams) as gateway:
        answer = await gateway.client.get(PATH)
    is_problem(answer, 503, "service-unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_replica_that_is_away_costs_no_request(service: FakeService) -> None:
    gone = await FakeService().start()
    upstreams = everything_at(gone, service)
    await gone.stop()
    async with RunningGateway(upstreams=upstreams) as gateway:
        answers = [await gateway.client.post("/v1/carts") for _ in range(10)]
    assert [answer.status_code for answer in answers] == [200] * 10


async def test_requests_are_spread_over_the_replicas(service: FakeService) -> None:
    other = await FakeService().start()
    async with RunningGateway(upstreams=everything_at(service, other)) as gateway:
        for _ in range(20):
            await gateway.client.get(PATH)
    assert {len(service.heads), len(other.heads)} == {10}
    await other.stop()


async def test_a_busy_replica_gets_fewer_requests(service: FakeService) -> None:
    release = asyncio.Event()

    async def slow(conversation: Conversation) -> None:
        await conversation.request()
        service.heads.append(b"")
        await release.wait()
        await conversation.answer()

    service.script = slow
    other = await FakeService().start()
    async with RunningGateway(upstreams=everything_at(service, other)) as gateway:
        waiting = [asyncio.create_task(gateway.client.get(PATH)) for _ in range(2)]
        await asyncio.sleep(0.3)
        for _ in range(10):
            await gateway.client.get(PATH)
        assert len(service.heads) == 1
        release.set()
        await asyncio.gather(*waiting)
    await other.stop()


@pytest.mark.parametrize("reset", [False, True])
async def test_a_get_is_sent_once_more_when_its_connection_ended(
    service: FakeService, reset: bool
) -> None:
    async def script(conversation: Conversation) -> None:
        if service.connections == 1:
            await conversation.request()
            await conversation.answer()
            await conversation.head()
            if reset:
                conversation.abort()
        else:
            await service.echo(conversation)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(3):
            assert (await gateway.client.get(PATH)).status_code == 200
    assert service.connections == 2


async def test_a_get_is_not_sent_a_third_time(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.get(PATH)
        is_problem(answer, 503, "service-unavailable")
        assert answer.headers["retry-after"]
    assert service.connections == 2


async def test_a_post_is_never_sent_twice(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.post("/v1/carts", content=b"x")
        is_problem(answer, 503, "service-unavailable")
        assert answer.headers["retry-after"]
    assert service.connections == 1


async def test_connections_closed_while_idle_are_not_used(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.answer()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(5):
            assert (await gateway.client.post("/v1/carts")).status_code == 200
            await asyncio.sleep(0.05)
    assert service.connections == 5


async def test_a_post_does_not_start_on_a_connection_that_rested(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        await gateway.client.post("/v1/carts")
        await gateway.client.post("/v1/carts")
        assert service.connections == 1
        await asyncio.sleep(1.1)
        await gateway.client.post("/v1/carts")
    assert service.connections == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 600 Beyond\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad\x00field: 1\r\n\r\n",
    ],
)
async def test_an_answer_that_is_no_http_gives_502(service: FakeService, raw: bytes) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(raw)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        is_problem(await gateway.client.get(PATH), 502, "bad-gateway")
        is_problem(await gateway.client.get("/v1/orders/x"), 502, "bad-gateway")


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense",
    ],
)
async def test_a_torn_answer_is_visibly_torn_for_the_client(
    service: FakeService, raw: bytes
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(raw)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await gateway.client.get(PATH)
        assert (await gateway.client.get("/health/live")).status_code == 200


async def test_an_extra_answer_is_not_given_to_the_next_request(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.head()
            extra = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"
            await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" + extra)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        for _ in range(3):
            assert (await gateway.client.get(PATH)).content == b"ok"
    assert service.connections == 3


async def test_a_service_that_says_nothing_gives_504_in_time(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.reader.read()

    service.script = script
    started = time.monotonic()
    async with RunningGateway(upstreams=everything_at(service), first_byte_seconds=0.3) as gateway:
        is_problem(await gateway.client.get(PATH), 504, "gateway-timeout")
        assert time.monotonic() - started < 3
        await asyncio.wait_for(service.ended.wait(), 2)


async def test_a_service_that_breaks_off_in_the_head_gives_503(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.get(PATH)
        is_problem(answer, 503, "service-unavailable")
        assert answer.headers["retry-after"]


async def test_a_second_try_has_what_the_first_left_of_the_time(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await asyncio.sleep(0.6)
        if service.connections > 1:
            await conversation.reader.read()

    service.script = script
    started = time.monotonic()
    async with RunningGateway(upstreams=everything_at(service), first_byte_seconds=1) as gateway:
        answer = await gateway.client.get(PATH)
        is_problem(answer, 504, "gateway-timeout")
        assert answer.headers["retry-after"]
        assert time.monotonic() - started < 1.5
    assert service.connections == 2


async def test_a_service_that_stops_in_the_middle_ends_the_answer(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        await conversation.reader.read()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service), idle_seconds=0.3) as gateway:
        received = await asyncio.wait_for(talk(gateway.port, GET), 3)
        assert received.endswith(b"abc")
        await asyncio.wait_for(service.ended.wait(), 2)


async def test_a_full_line_is_refused_and_the_rest_is_served(service: FakeService) -> None:
    release = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        while True:
            await conversation.request()
            await release.wait()
            await conversation.answer()

    service.script = script
    async with RunningGateway(
        upstreams=everything_at(service), connections_per_replica=1, waiting_per_replica=1
    ) as gateway:
        first = asyncio.create_task(gateway.client.get(PATH))
        second = asyncio.create_task(gateway.client.get(PATH))
        await asyncio.sleep(0.3)
        is_problem(await gateway.client.get(PATH), 503, "overloaded")
        release.set()
        assert [(await first).status_code, (await second).status_code] == [200, 200]
    assert service.connections == 1


async def test_waiting_in_line_has_an_end(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.reader.read()

    service.script = script
    async with RunningGateway(
        upstreams=everything_at(service),
        connections_per_replica=1,
        queue_seconds=0.2,
        connect_seconds=0.1,
    ) as gateway:
        first = asyncio.create_task(gateway.client.get(PATH))
        await asyncio.sleep(0.2)
        is_problem(await gateway.client.get(PATH), 503, "overloaded")
        first.cancel()
        await asyncio.wait([first])


@pytest.mark.parametrize("begun", [False, True])
async def test_a_client_that_leaves_ends_the_request_at_the_service(
    service: FakeService, begun: bool
) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.head()
        if begun:
            await conversation.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        await conversation.reader.read()

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        await talk(gateway.port, GET, seconds=0.4)
        await asyncio.wait_for(service.ended.wait(), 2)
        await asyncio.sleep(0.3)
        assert (b'"status":200' if begun else b'"status":499') in gateway.log.getvalue()


async def test_a_health_probe_that_leaves_before_its_answer_is_no_fault(
    service: FakeService,
) -> None:
    async def silent(conversation: Conversation) -> None:
        await conversation.reader.read()

    service.script = silent
    probe = b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n"
    counters = service.url.replace("http:", "redis:")
    with capture_logs() as lines:
        async with RunningGateway(redis_url=counters) as gateway:
            await talk(gateway.port, probe, seconds=0.05)
            async with asyncio.timeout(5):
                while not any(line["event"] == "request" for line in lines):
                    await asyncio.sleep(0.05)
    assert [line["status"] for line in lines if line["event"] == "request"] == [499]
    assert not [line for line in lines if line["log_level"] == "error"]
