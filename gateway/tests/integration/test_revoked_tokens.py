"""Tokens that somebody revoked, with a real Valkey between who says so and the gateway."""

import asyncio
import time
from typing import Any

import pytest
from redis.asyncio import Redis

from chassis.revocations import Kind, Revocation, RevocationLog
from chassis.testing import TokenMint
from gateway.testing import FakeService, RunningGateway, everything_at

PATH = "/v1/products/x"
ALLOWED_SECONDS = 5.0


async def revoke(valkey: Any, kind: Kind, name: str) -> None:
    """What auth does."""
    now = int(time.time())
    async with Redis.from_url(valkey.url) as redis:
        await RevocationLog(redis).publish([Revocation(kind, name, now, now + 300)])


async def status(gateway: RunningGateway, headers: dict[str, str]) -> int:
    return (await gateway.client.get(PATH, headers=headers)).status_code


async def seconds_until_refused(gateway: RunningGateway, headers: dict[str, str]) -> float:
    begun = time.monotonic()
    while await status(gateway, headers) != 401:
        assert time.monotonic() - begun < ALLOWED_SECONDS
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


@pytest.mark.parametrize(
    ("kind", "name"), [("token", "jti-1"), ("grant", "family-1"), ("subject", "one")]
)
async def test_a_revoked_token_is_refused_within_a_second(
    service: FakeService, valkey: Any, kind: Kind, name: str
) -> None:
    mint = TokenMint()
    revoked = mint.headers("one", jti="jti-1", grant="family-1")
    other = mint.headers("two", jti="jti-2", grant="family-2")
    async with RunningGateway(
        mint=mint, upstreams=everything_at(service), redis_url=valkey.url
    ) as gateway:
        # Both are in the memory of verified tokens by now.
        assert [await status(gateway, who) for who in (revoked, other)] == [200, 200]
        await revoke(valkey, kind, name)
        assert await seconds_until_refused(gateway, revoked) < 1
        answer = await gateway.client.get(PATH, headers=revoked)
        assert answer.json()["type"] == "/problems/invalid-token"
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert await status(gateway, other) == 200


async def test_who_starts_later_knows_what_was_revoked_before(
    service: FakeService, valkey: Any
) -> None:
    mint = TokenMint()
    headers = mint.headers("one", jti="jti-1")
    await revoke(valkey, "token", "jti-1")
    async with RunningGateway(
        mint=mint, upstreams=everything_at(service), redis_url=valkey.url
    ) as gateway:
        assert await seconds_until_refused(gateway, headers) < 1


async def test_without_redis_the_known_stay_refused_and_the_rest_catches_up(
    service: FakeService, valkey: Any
) -> None:
    mint = TokenMint()
    first, second = (mint.headers("one", jti=name) for name in ("jti-1", "jti-2"))
    async with RunningGateway(
        mint=mint, upstreams=everything_at(service), redis_url=valkey.url
    ) as gateway:
        await revoke(valkey, "token", "jti-1")
        await seconds_until_refused(gateway, first)
        await valkey.stop()
        await asyncio.sleep(2)
        assert [await status(gateway, who) for who in (first, second)] == [401, 200]
        assert not gateway.gateway.revocations.following
        await valkey.start()
        await revoke(valkey, "token", "jti-2")
        assert await seconds_until_refused(gateway, second) < ALLOWED_SECONDS
