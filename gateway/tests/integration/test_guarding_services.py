"""Failing services: circuits open, odd replicas are left out, retries stay within bounds."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at
from gateway.upstream.breaker import FIRST_REST_SECONDS, LEAST_REQUESTS
from gateway.upstream.budget import ALWAYS
from gateway.upstream.outliers import FAILURES_IN_A_ROW

PATH = "/v1/products/x"


def answering(service: FakeService, status: int) -> None:
    async def script(conversation: Conversation) -> None:
        while True:
            head, _ = await conversation.request()
            service.heads.append(head)
            await conversation.answer(b"no", status=status)

    service.script = script


async def statuses(gateway: RunningGateway, count: int, method: str = "GET") -> list[int]:
    return [(await gateway.client.request(method, PATH)).status_code for _ in range(count)]


@pytest.mark.parametrize("status", [502, 504])
async def test_a_failing_service_is_given_a_rest_and_then_probed(
    service: FakeService, status: int
) -> None:
    answering(service, status)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        assert set(await statuses(gateway, LEAST_REQUESTS)) == {status}
        refused = await gateway.client.get(PATH)
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/service-unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        assert len(service.heads) == LEAST_REQUESTS
        # Another service has a circuit of its own, even at the same address.
        assert (await gateway.client.get("/v1/orders")).status_code == status
        metrics = gateway.metrics()
        assert 'gateway_breaker_opened_total{upstream="catalog"} 1.0' in metrics
        assert 'gateway_breaker_state{upstream="catalog"} 2.0' in metrics

        # A connection carries the script that it began with, so the well one needs a new one.
        await gateway_forgets(gateway)
        service.script = service.echo
        await asyncio.sleep(FIRST_REST_SECONDS + 0.1)
        assert set(await statuses(gateway, 5)) == {200}
        metrics = gateway.metrics()
        assert 'gateway_breaker_state{upstream="catalog"} 0.0' in metrics


async def gateway_forgets(gateway: RunningGateway) -> None:
    """Close the kept connections of a gateway."""
    loop, edge = gateway.loop, gateway.gateway
    assert loop is not None
    for cluster in edge.clusters.values():
        loop.call_soon_threadsafe(cluster.close)
    await asyncio.sleep(0.05)


async def test_a_service_that_cannot_be_reached_opens_its_circuit(service: FakeService) -> None:
    upstreams = everything_at(service)
    await service.stop()
    async with RunningGateway(upstreams=upstreams) as gateway:
        assert set(await statuses(gateway, LEAST_REQUESTS)) == {503}
        assert "failed too often" in (await gateway.client.get(PATH)).json()["detail"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_other_answers_leave_the_circuit_closed(service: FakeService, status: int) -> None:
    answering(service, status)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        assert set(await statuses(gateway, LEAST_REQUESTS + 5)) == {status}
    assert len(service.heads) == LEAST_REQUESTS + 5


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_get_is_asked_of_another_replica_and_a_post_is_not(
    service: FakeService, status: int
) -> None:
    answering(service, status)
    good = await FakeService().start()
    async with RunningGateway(upstreams=everything_at(service, good)) as gateway:
        assert set(await statuses(gateway, 4)) == {200}
        assert len(service.heads) == 2
        assert set(await statuses(gateway, 4, "POST")) == {200, status}
        metrics = gateway.metrics()
        assert 'gateway_retries_total{outcome="sent",upstream="catalog"} 2.0' in metrics
    await good.stop()


async def test_a_replica_that_keeps_failing_is_left_out(service: FakeService) -> None:
    answering(service, 500)
    good = await FakeService().start()
    async with RunningGateway(upstreams=everything_at(service, good)) as gateway:
        got = await statuses(gateway, 4 * FAILURES_IN_A_ROW)
        assert got.count(500) == len(service.heads) == FAILURES_IN_A_ROW
        metrics = gateway.metrics()
        assert f'replica="127.0.0.1:{service.port}",upstream="catalog"}} 1.0' in metrics
    await good.stop()


async def test_retries_end_with_their_budget(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        service.heads.append(await conversation.head())

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        count = LEAST_REQUESTS - 1
        assert set(await statuses(gateway, count)) <= {502, 503}
        metrics = gateway.metrics()
    retries = len(service.heads) - count
    assert retries <= ALWAYS + 0.2 * count
    assert 'outcome="over_budget",upstream="catalog"' in metrics


class Changing(FakeService):
    """Answers with the status of the moment, on old connections too."""

    status = 502

    async def echo(self, conversation: Conversation) -> None:
        while True:
            head, _ = await conversation.request()
            self.heads.append(head)
            await conversation.answer(b"so", status=self.status)


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Changing, Changing]]:
    one, other = await Changing().start(), await Changing().start()
    yield one, other
    await one.stop()
    await other.stop()


async def test_a_replica_that_is_not_ready_yet_does_not_keep_the_circuit_from_closing(
    pair: tuple[Changing, Changing],
) -> None:
    late, well = pair
    async with RunningGateway(upstreams=everything_at(late, well)) as gateway:
        await statuses(gateway, LEAST_REQUESTS, "POST")
        assert 'gateway_breaker_state{upstream="catalog"} 2.0' in gateway.metrics()
        late.status, well.status = 503, 200
        await asyncio.sleep(FIRST_REST_SECONDS + 0.1)
        await statuses(gateway, 10)
        late.status = 200
        assert (await statuses(gateway, 10))[-1] == 200
        assert 'gateway_breaker_state{upstream="catalog"} 0.0' in gateway.metrics()


async def test_a_replica_that_others_stand_in_for_is_left_out_as_well(
    pair: tuple[Changing, Changing],
) -> None:
    late, well = pair
    late.status, well.status = 503, 200
    async with RunningGateway(upstreams=everything_at(late, well)) as gateway:
        assert set(await statuses(gateway, 6 * FAILURES_IN_A_ROW)) == {200}
        assert len(late.heads) == FAILURES_IN_A_ROW
