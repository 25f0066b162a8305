"""A worker goes on while there is work, sleeps without it, wakes at once and outlives faults."""

import asyncio

import pytest

from chassis.worker import Worker


async def run_for(worker: Worker, seconds: float) -> None:
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(seconds)
    await worker.stop()
    await asyncio.wait_for(task, 1)


async def test_a_worker_repeats_its_step_until_nothing_is_left() -> None:
    left = [3, 2, 1]

    async def step() -> bool:
        if left:
            left.pop()
        return bool(left)

    await run_for(Worker("sample", step, poll_seconds=60), 0.05)
    assert left == []


async def test_a_worker_sleeps_until_it_is_woken() -> None:
    calls, wake = 0, asyncio.Event()

    async def step() -> bool:
        nonlocal calls
        calls += 1
        return False

    worker = Worker("sample", step, poll_seconds=60, wake=wake)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.02)
    before = calls
    wake.set()
    await asyncio.sleep(0.02)
    await worker.stop()
    await asyncio.wait_for(task, 1)
    assert (before, calls) == (1, 2)


async def test_a_worker_whose_server_is_away_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.worker._RETRY_SECONDS", 0.02)
    calls = 0

    async def step() -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionRefusedError
        return False

    await run_for(Worker("sample", step, poll_seconds=60), 0.1)
    assert calls == 2
