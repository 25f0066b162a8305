"""A worker goes on while there is work, sleeps without it, wakes at once and outlives faults."""

import asyncio

import pytest

from chassis.worker import Bell, Worker


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


class Staff:
    """Three workers that share one bell; `steps` says who stepped, `hold` keeps them at it."""

    def __init__(self) -> None:
        self.bell, self.hold = Bell(), asyncio.Event()
        self.hold.set()
        self.steps: list[int] = []
        self.workers = [self._worker(number) for number in range(3)]

    def _worker(self, number: int) -> Worker:
        async def step() -> bool:
            self.steps.append(number)
            await self.hold.wait()
            return False

        return Worker(f"sample-{number}", step, poll_seconds=60, wake=self.bell)

    async def stop(self, tasks: list["asyncio.Task[None]"]) -> None:
        self.hold.set()
        for worker in self.workers:
            await worker.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 1)


async def test_a_bell_wakes_one_worker_and_the_next_ring_another() -> None:
    staff = Staff()
    tasks = [asyncio.create_task(worker.run()) for worker in staff.workers]
    await asyncio.sleep(0.02)
    staff.steps.clear()
    staff.hold.clear()
    staff.bell.ring()
    await asyncio.sleep(0.02)
    assert len(staff.steps) == 1
    staff.bell.ring()
    await asyncio.sleep(0.02)
    assert len(set(staff.steps)) == 2
    await staff.stop(tasks)


async def test_a_ring_while_all_are_busy_is_not_lost() -> None:
    staff = Staff()
    staff.hold.clear()
    tasks = [asyncio.create_task(worker.run()) for worker in staff.workers]
    await asyncio.sleep(0.02)
    staff.bell.ring()
    staff.hold.set()
    await asyncio.sleep(0.02)
    assert len(staff.steps) == 4
    await staff.stop(tasks)
