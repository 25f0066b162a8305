"""Rate limits counted in a real Valkey, what happens without it, and the check of tokens."""

import asyncio
import os
import signal
import time
from typing import Any

from chassis.testing import TokenMint
from gateway.testing import FakeService, RunningGateway, everything_at, field_of

PATH = "/v1/products/x"
FIVE = {"read": {"anonymous": "5/60", "customer": "3/60", "machine": "7/60"}}


def limited(service: FakeService, valkey: Any, **settings: Any) -> RunningGateway:
    values = {"rate_limits": FIVE, **settings}
    return RunningGateway(
        upstreams=everything_at(service), redis_url=valkey.url, rate_limiting=True, **values
    )


async def test_the_quota_counts_down_and_then_refuses(service: FakeService, valkey: Any) -> None:
    async with limited(service, valkey) as gateway:
        answers = [await gateway.client.get(PATH) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert [answer.headers["ratelimit"] for answer in answers[:3]] == [
        '"read";r=4;t=12',
        '"read";r=3;t=24',
        '"read";r=2;t=36',
    ]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"read";q=5;w=60'}
    refused = answers[-1]
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 12
    assert refused.headers["ratelimit"].startswith('"read";r=0;t=')
    assert len(service.heads) == 5


async def test_many_at_once_get_exactly_the_quota(service: FakeService, valkey: Any) -> None:
    async with (
        limited(service, valkey, rate_limits={"read": {"anonymous": "50/3600"}}) as first,
        limited(service, valkey, rate_limits={"read": {"anonymous": "50/3600"}}) as second,
    ):
        calls = [gateway.client.get(PATH) for gateway in (first, second) for _ in range(60)]
        answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] * 50 + [429] * 70


async def test_each_account_and_client_has_its_own_quota(service: FakeService, valkey: Any) -> None:
    mint = TokenMint()
    headers = [mint.headers("one"), mint.headers("two"), mint.headers("one", client_id="other")]
    machine = mint.headers("operator", client_id="operator")
    acting = mint.headers("one", client_id="operator", act={"sub": "operator"})
    async with limited(service, valkey, mint=mint) as gateway:
        for who in headers:
            statuses = [(await gateway.client.get(PATH, headers=who)).status_code for _ in "1234"]
            assert statuses == [200, 200, 200, 429]
        for who in (machine, acting):
            statuses = [(await gateway.client.get(PATH, headers=who)).status_code for _ in "1" * 8]
            assert statuses == [200] * 7 + [429]
        assert (await gateway.client.get(PATH)).status_code == 200


async def test_the_quota_comes_back(service: FakeService, valkey: Any) -> None:
    async with limited(service, valkey, rate_limits={"read": {"anonymous": "2/1"}}) as gateway:
        assert [(await gateway.client.get(PATH)).status_code for _ in "123"] == [200, 200, 429]
        await asyncio.sleep(0.6)
        assert (await gateway.client.get(PATH)).status_code == 200


async def test_without_redis_reads_are_counted_here_and_sign_in_is_closed(
    service: FakeService, valkey: Any
) -> None:
    async with limited(service, valkey) as gateway:
        assert (await gateway.client.get(PATH)).status_code == 200
        await valkey.stop()
        started = time.monotonic()
        statuses = [(await gateway.client.get(PATH)).status_code for _ in range(7)]
        assert statuses == [200] * 5 + [429] * 2
        refused = await gateway.client.post("/oauth/sign-in")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/sign-in-closed")
        assert refused.headers["retry-after"]
        assert (await gateway.client.post("/v1/users")).status_code == 503
        assert (await gateway.client.post("/account/forgotten-password")).status_code == 503
        assert (await gateway.client.post("/v1/carts")).status_code == 200
        assert time.monotonic() - started < 3
        assert (await gateway.client.get("/health/ready")).json()["missing"] == ["redis"]
        await valkey.start()
        await asyncio.sleep(1.2)
        assert (await gateway.client.post("/oauth/sign-in")).status_code == 200


async def test_a_redis_that_hangs_costs_a_moment_and_no_request(
    service: FakeService, valkey: Any
) -> None:
    async with limited(service, valkey, rate_limits={}) as gateway:
        assert (await gateway.client.get(PATH)).status_code == 200
        os.kill(valkey.process.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            answers = await asyncio.gather(*(gateway.client.get(PATH) for _ in range(20)))
            assert {answer.status_code for answer in answers} == {200}
            assert time.monotonic() - started < 2
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
        await asyncio.sleep(1.2)
        assert (await gateway.client.post("/oauth/sign-in")).status_code == 200


async def test_a_redis_that_is_slow_closes_no_sign_in(service: FakeService, valkey: Any) -> None:
    async with limited(service, valkey, rate_limits={}) as gateway:
        assert (await gateway.client.get(PATH)).status_code == 200
        os.kill(valkey.process.pid, signal.SIGSTOP)
        signing_in = asyncio.create_task(gateway.client.post("/oauth/sign-in"))
        try:
            assert (await gateway.client.get(PATH)).status_code == 200
            await asyncio.sleep(0.6)
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
        assert (await signing_in).status_code == 200


async def test_sign_in_has_a_low_limit_by_default(service: FakeService, valkey: Any) -> None:
    async with limited(service, valkey, rate_limits={}) as gateway:
        answer = await gateway.client.post("/oauth/sign-in")
        disguised = await gateway.client.post("/oauth/sign%2Din")
        assert answer.headers["ratelimit-policy"] == '"sign_in";q=30;w=60'
        assert disguised.headers["ratelimit"].startswith('"sign_in";r=28;')


async def test_a_guesser_gets_no_further_tries_for_having_accounts(
    service: FakeService, valkey: Any
) -> None:
    mint = TokenMint()
    async with limited(service, valkey, mint=mint, rate_limits={}) as gateway:
        for number in range(30):
            who = mint.headers(f"account-{number}")
            answer = await gateway.client.post("/oauth/sign-in", headers=who)
            assert answer.status_code == 200
        again = mint.headers("account-30")
        assert (await gateway.client.post("/oauth/sign-in", headers=again)).status_code == 429
        assert (await gateway.client.get(PATH, headers=again)).status_code == 200


async def test_a_good_token_passes_and_is_checked_once(service: FakeService) -> None:
    mint = TokenMint()
    headers = mint.headers("one", ["orders:read"])
    async with RunningGateway(mint=mint, upstreams=everything_at(service)) as gateway:
        for _ in range(3):
            assert (await gateway.client.get(PATH, headers=headers)).status_code == 200
    assert field_of(service.heads[0], b"authorization") == headers["Authorization"].encode()
    assert b'"subject":"one"' in gateway.log.getvalue()


async def test_bad_tokens_are_refused_here(service: FakeService) -> None:
    mint, stranger = TokenMint(), TokenMint(issuer="http://elsewhere")
    good = mint.mint("one")
    bad = ["", "x", "a.b.c", good[:-4] + "AAAA", stranger.mint("one"), mint.mint(exp=1, iat=0)]
    async with RunningGateway(mint=mint, upstreams=everything_at(service)) as gateway:
        for token in bad:
            answer = await gateway.client.get(
                PATH, headers={"authorization": f"Bearer {token}".strip()}
            )
            assert (answer.status_code, answer.json()["type"]) == (401, "/problems/invalid-token")
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert service.heads == []


async def test_no_token_and_basic_credentials_are_for_the_service_to_judge(
    service: FakeService,
) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        assert (await gateway.client.get(PATH)).status_code == 200
        answer = await gateway.client.post("/oauth/token", auth=("client", "secret"))
        assert answer.status_code == 200
    assert (field_of(service.heads[1], b"authorization") or b"").startswith(b"Basic ")


async def test_refuse_is_counted_by_its_address(service: FakeService, valkey: Any) -> None:
    async with limited(service, valkey) as gateway:
        bad = {"authorization": "Bearer x"}
        statuses = [(await gateway.client.get(PATH, headers=bad)).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_a_token_ends_in_the_cache_when_it_expires(service: FakeService) -> None:
    mint = TokenMint()
    async with RunningGateway(mint=mint, upstreams=everything_at(service)) as gateway:
        now = int(time.time())
        # Verifiers grant five seconds to clocks that differ; the cache does not prolong that.
        headers = mint.headers("one", iat=now - 300, exp=now - 3)
        assert (await gateway.client.get(PATH, headers=headers)).status_code == 200
        await asyncio.sleep(2.2)
        assert (await gateway.client.get(PATH, headers=headers)).status_code == 401
