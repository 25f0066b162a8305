"""Revocations over a real Redis: what was written before, while and after the reader looks."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from chassis import revocations
from chassis.claims import Claims
from chassis.ids import uuid7
from chassis.revocations import KEEP_SECONDS, Revocation, RevocationLog, Revocations


@pytest.fixture
async def redis(engines: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["Redis"]:
    """A client, and a stream that no other test sees."""
    stream = f"revocations-{uuid7()}"
    monkeypatch.setattr(revocations, "STREAM", stream)
    async with Redis.from_url(engines.redis_url, decode_responses=True) as client:
        yield client
        await client.delete(stream)


def claims(token_id: str) -> Claims:
    now, none = int(time.time()), frozenset[str]()
    return Claims("i", "s", token_id, "c", now, now + 300, none, none)


def entry(token_id: str) -> Revocation:
    now = int(time.time())
    return Revocation("token", token_id, now, now + 300)


async def becomes_revoked(reader: Revocations, token_id: str) -> float:
    """Returns after how many seconds the reader knew."""
    begun = time.monotonic()
    async with asyncio.timeout(5):
        while not reader.revoked(claims(token_id)):
            await asyncio.sleep(0.005)
    return time.monotonic() - begun


async def test_a_reader_knows_what_came_before_it_and_hears_at_once_of_the_rest(
    redis: "Redis", engines: Any
) -> None:
    log, reader = RevocationLog(redis), Revocations(engines.redis_url)
    await log.publish([entry("before"), entry("also")])
    task = asyncio.create_task(reader.run())
    await becomes_revoked(reader, "before")
    await becomes_revoked(reader, "also")
    await log.publish([entry("after")])
    assert await becomes_revoked(reader, "after") < 0.5
    assert reader.following
    await reader.stop()
    await asyncio.wait_for(task, 3)


async def test_a_reader_catches_up_after_its_connection_was_cut(
    redis: "Redis", engines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "RETRY_SECONDS", 0.3)
    log, reader = RevocationLog(redis), Revocations(engines.redis_url)
    task = asyncio.create_task(reader.run())
    await log.publish([entry("first")])
    await becomes_revoked(reader, "first")
    followers = [
        row["addr"] for row in await redis.client_list() if row.get("cmd", "").startswith("xread")
    ]
    assert followers
    for address in followers:
        await redis.client_kill(address)
    await log.publish([entry("meanwhile")])
    assert await becomes_revoked(reader, "meanwhile") < 5
    await reader.stop()
    await asyncio.wait_for(task, 3)


async def test_the_stream_forgets_what_is_moot(
    redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RevocationLog(redis)
    old = int((time.time() - KEEP_SECONDS - 60) * 1000)
    for number in range(500):
        await redis.xadd(revocations.STREAM, {"kind": "token"}, id=f"{old}-{number}")
    await log.publish([entry("new")])
    assert await redis.xlen(revocations.STREAM) < 250
