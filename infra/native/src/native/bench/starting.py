"""Times what a newcomer waits for: a fresh clone to the running shop, and a warm start.

It clones the checkout into a folder of its own and types the same commands there, on other ports.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from native.children import run
from native.place import CHECKOUT
from native.ports import free_base


@dataclass(frozen=True, slots=True)
class Starts:
    """Seconds until every process is ready; the fresh one ends with the catalogue imported."""

    fresh_clone_seconds: float
    warm_up_seconds: float
    second_command_seconds: float


@asynccontextmanager
async def fresh_clone(folder: Path) -> AsyncIterator[Path]:
    """A clone of the last commit that vanishes with its stack at the end."""
    clone = folder / "souk"
    shutil.rmtree(clone, ignore_errors=True)
    await run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)])
    try:
        yield clone
    finally:
        await souk(clone, "down")
        shutil.rmtree(clone, ignore_errors=True)


async def souk(clone: Path, *words: str) -> float:
    """Types `./souk WORDS` in the clone; returns the seconds it took."""
    own = {"SOUK_HOME": "", "SOUK_TOOLS": "", "VIRTUAL_ENV": ""}
    began = time.perf_counter()
    await run(["./souk", *words], directory=clone, environment=own)
    return time.perf_counter() - began


async def time_starts(clone: Path) -> Starts:
    """Starts the clone's shop twice, and leaves it running."""
    base = str(free_base())
    fresh = await souk(clone, "up", "--port-base", base)
    second = await souk(clone, "logs")
    await souk(clone, "down")
    await asyncio.sleep(1)
    warm = await souk(clone, "up", "--port-base", base)
    return Starts(fresh, warm, second)
