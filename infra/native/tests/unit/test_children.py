"""A program of the start is heard line by line, and none outlives its caller."""

import asyncio
import os
import sys

import psutil
import pytest

from native.children import ChildFailed, run, spoken


async def test_what_a_program_says_comes_line_by_line() -> None:
    program = "import sys; print(sys.stdin.read().upper()); print('b', file=sys.stderr)"
    lines = [line async for line in spoken([sys.executable, "-u", "-c", program], given="a")]
    assert lines == ["A\n", "b\n"]


async def test_a_program_that_fails_gives_its_last_words() -> None:
    with pytest.raises(ChildFailed, match="ended with 3:\nno room"):
        await run([sys.executable, "-c", "import sys; print('no room'); sys.exit(3)"])


async def test_a_cancelled_program_is_killed_with_its_children() -> None:
    program = (
        "import subprocess, sys, time;"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print('ready', flush=True); time.sleep(60)"
    )
    ready = asyncio.Event()

    async def listen() -> None:
        async for _ in spoken([sys.executable, "-c", program]):
            ready.set()

    task = asyncio.create_task(listen())
    await asyncio.wait_for(ready.wait(), 20)
    family = psutil.Process(os.getpid()).children(recursive=True)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while any(map(_runs, family)):
            await asyncio.sleep(0.01)


def _runs(process: psutil.Process) -> bool:
    """A zombie has ended; when init takes it away is not our affair."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
