"""The cache of public reads, between real sockets: what is asked of the service, and when."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at, field_of

PATH = "/v1/products/x"
FRESH = b'cache-control: public, max-age=60\r\netag: "1"\r\n'


class Shop(FakeService):
    """Answers with these fields; a request with its tag gets 304."""

    fields = FRESH
    status = 200
    wait = 0.0
    body = b"a mug"

    async def echo(self, conversation: Conversation) -> None:
        while True:
            head, _ = await conversation.request()
            self.heads.append(head)
            await asyncio.sleep(self.wait)
            tag = field_of(head, b"if-none-match")
            if self.status == 200 and tag and tag in self.fields:
                await conversation.send(b"HTTP/1.1 304 Same\r\n%b\r\n" % self.fields)
            else:
                body = b"" if head.startswith(b"HEAD") else self.body
                await conversation.answer(body, fields=self.fields, status=self.status)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    fake = await Shop().start()
    yield fake
    await fake.stop()


async def test_a_fresh_answer_is_asked_for_once(shop: Shop) -> None:
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        answers = [await gateway.client.get(PATH) for _ in range(4)]
        head = await gateway.client.head(PATH)
        same = await gateway.client.get(PATH, headers={"if-none-match": 'W/"1"'})
    assert {answer.content for answer in answers} == {b"a mug"}
    assert "age" not in answers[0].headers
    assert answers[1].headers["cache-status"] == "souk; hit"
    assert int(answers[1].headers["age"]) < 60
    assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "5")
    assert (same.status_code, same.content) == (304, b"")
    assert len(shop.heads) == 1


async def test_a_cold_key_costs_one_call(shop: Shop) -> None:
    shop.wait = 0.2
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        answers = await asyncio.gather(*(gateway.client.get(PATH) for _ in range(30)))
        assert {answer.content for answer in answers} == {b"a mug"}
        assert 'gateway_cache_total{outcome="coalesced"} 29.0' in gateway.metrics()
    assert len(shop.heads) == 1


async def test_waiting_ends_when_the_first_client_leaves(shop: Shop) -> None:
    shop.wait = 0.5
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET /v1/products/x HTTP/1.1\r\nhost: localhost:%d\r\n\r\n" % gateway.port)
        await asyncio.sleep(0.1)
        other = asyncio.create_task(
            gateway.client.get(PATH, headers={"host": f"localhost:{gateway.port}"})
        )
        await asyncio.sleep(0.1)
        writer.transport.abort()
        assert (await other).content == b"a mug"
    assert len(shop.heads) == 2


async def test_queries_hosts_and_variants_are_told_apart(shop: Shop) -> None:
    shop.fields = FRESH + b"vary: accept\r\n"
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        for _ in range(2):
            await gateway.client.get(PATH)
            await gateway.client.get(PATH + "?a=1")
            await gateway.client.get(PATH, headers={"accept": "text/html"})
            await gateway.client.get(PATH, headers={"host": "localhost"})
    assert len(shop.heads) == 4


@pytest.mark.parametrize(
    "fields", [b"", b"cache-control: no-store\r\n", b"cache-control: private, max-age=9\r\n"]
)
async def test_what_may_not_be_kept_is_asked_for_each_time(shop: Shop, fields: bytes) -> None:
    shop.fields, shop.wait = fields, 0.1
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        await asyncio.gather(*(gateway.client.get(PATH) for _ in range(5)))
        await gateway.client.get(PATH)
    assert len(shop.heads) == 6


@pytest.mark.parametrize("status", [406, 500])
async def test_a_failure_is_no_word_that_an_answer_may_not_be_kept(shop: Shop, status: int) -> None:
    shop.status = status
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        assert (await gateway.client.get(PATH)).status_code == status
        shop.status, shop.wait = 200, 0.2
        answers = await asyncio.gather(*(gateway.client.get(PATH) for _ in range(5)))
        assert {answer.content for answer in answers} == {b"a mug"}
    assert len(shop.heads) == 2


async def test_other_paths_and_private_reads_are_not_kept(shop: Shop) -> None:
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        for _ in range(2):
            await gateway.client.get("/v1/orders/x")
            headers = gateway.mint.headers("one")
            shop.fields = b"cache-control: max-age=60\r\n"
            await gateway.client.get(PATH, headers=headers)
    assert len(shop.heads) == 4


async def test_a_stale_answer_is_asked_about_and_lives_on(shop: Shop) -> None:
    shop.fields = b'cache-control: no-cache\r\netag: "1"\r\n'
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        answers = [await gateway.client.get(PATH) for _ in range(3)]
        shop.fields = b'cache-control: no-cache\r\netag: "2"\r\n'
        shop.body = b"a cup"
        changed = await gateway.client.get(PATH)
    assert [answer.content for answer in answers] == [b"a mug"] * 3
    assert answers[2].headers["cache-status"].endswith("fwd-status=304")
    assert (changed.content, changed.headers["etag"]) == (b"a cup", '"2"')
    assert [field_of(head, b"if-none-match") for head in shop.heads] == [
        None,
        b'"1"',
        b'"1"',
        b'"1"',
    ]


async def test_a_stale_answer_goes_out_while_it_is_renewed(shop: Shop) -> None:
    shop.fields = b"cdn-cache-control: max-age=1, stale-while-revalidate=60\r\n"
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        first = await gateway.client.get(PATH)
        assert "cdn-cache-control" not in first.headers
        shop.body, shop.wait = b"a cup", 0.3
        await asyncio.sleep(1.05)
        answers = await asyncio.gather(*(gateway.client.get(PATH) for _ in range(5)))
        assert {answer.content for answer in answers} == {b"a mug"}
        await asyncio.sleep(0.5)
        assert (await gateway.client.get(PATH)).content == b"a cup"
    assert len(shop.heads) == 2


@pytest.mark.parametrize("away", [True, False])
async def test_a_stale_answer_will_do_when_the_service_fails(shop: Shop, away: bool) -> None:
    shop.fields = b'cache-control: max-age=0, stale-if-error=60\r\netag: "1"\r\n'
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        await gateway.client.get(PATH)
        if away:
            await shop.stop()
            await forget_connections(gateway)
        shop.status = 500
        answer = await gateway.client.get(PATH)
    assert (answer.status_code, answer.content) == (200, b"a mug")
    assert answer.headers["cache-status"].endswith("stale-if-error")


async def forget_connections(gateway: RunningGateway) -> None:
    assert gateway.loop is not None
    for cluster in gateway.gateway.clusters.values():
        gateway.loop.call_soon_threadsafe(cluster.close)
    await asyncio.sleep(0.05)


async def test_a_write_that_passes_makes_the_old_answer_forgotten(shop: Shop) -> None:
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        await gateway.client.get(PATH)
        shop.body = b"a cup"
        await gateway.client.patch(PATH, json={})
        assert (await gateway.client.get(PATH)).content == b"a cup"
        shop.status = 412
        await gateway.client.patch(PATH, json={})
        assert (await gateway.client.get(PATH)).headers["cache-status"] == "souk; hit"


async def test_a_purge_overtakes_what_is_being_fetched(shop: Shop) -> None:
    shop.wait = 0.3
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        fetching = asyncio.create_task(gateway.client.get(PATH))
        await asyncio.sleep(0.1)
        assert gateway.loop is not None
        gateway.loop.call_soon_threadsafe(gateway.gateway.cache.purge, lambda key: True)
        assert (await fetching).content == b"a mug"
        await gateway.client.get(PATH)
    assert len(shop.heads) == 2


async def test_a_purge_overtakes_all_who_fetch_the_same(shop: Shop) -> None:
    shop.wait = 0.3
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        own = {"cache-control": "no-cache"}
        fetching = [asyncio.create_task(gateway.client.get(PATH, headers=own)) for _ in range(3)]
        await asyncio.sleep(0.45)
        assert len(shop.heads) == 3  # The first has come, and the others ask in person.
        assert gateway.loop is not None
        gateway.loop.call_soon_threadsafe(gateway.gateway.cache.purge, lambda key: True)
        await asyncio.gather(*fetching)
        shop.body = b"a cup"
        assert (await gateway.client.get(PATH)).content == b"a cup"


async def test_one_of_those_who_wait_asks_in_the_place_of_a_client_that_left(shop: Shop) -> None:
    shop.wait = 1.0
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET %b HTTP/1.1\r\nhost: localhost\r\n\r\n" % PATH.encode())
        await asyncio.sleep(0.15)
        named = {"host": "localhost"}
        others = [asyncio.create_task(gateway.client.get(PATH, headers=named)) for _ in range(9)]
        await asyncio.sleep(0.15)
        writer.transport.abort()
        assert {answer.content for answer in await asyncio.gather(*others)} == {b"a mug"}
    assert len(shop.heads) == 2


async def test_large_answers_pass_and_are_not_kept(shop: Shop) -> None:
    shop.body = b"x" * 2_000_000
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        for _ in range(2):
            answer: httpx.Response = await gateway.client.get(PATH)
            assert len(answer.content) == 2_000_000
        assert "gateway_cache_bytes 0.0" in gateway.metrics()
    assert len(shop.heads) == 2


async def test_a_client_may_ask_for_the_service(shop: Shop) -> None:
    async with RunningGateway(upstreams=everything_at(shop)) as gateway:
        await gateway.client.get(PATH)
        await gateway.client.get(PATH, headers={"cache-control": "no-cache"})
    assert len(shop.heads) == 2
