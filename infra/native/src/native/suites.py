"""What `./souk test` runs: suites of a few commands each, and how their results are counted.

A tool (ruff, mypy, import-linter) counts as one check; a pytest suite counts its tests. A folder of
tests without a test is a failure, so that no suite goes quiet unnoticed.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from native.place import CHECKOUT

BIN = Path(sys.executable).parent
TREES = ("libs", "services", "gateway", "infra", "tests")
TOOLS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "lint": (("ruff", "check", "."), ("ruff", "format", "--check", ".")),
    "types": (("mypy", "--strict", *TREES, "conftest.py"),),
    "architecture": (("lint-imports", "--cache-dir", ".souk/cache/imports"),),
    "contract": (("python", "-m", "native.stripe_mock"),),
    "e2e": (("python", "-m", "native.postman.run"),),
    "security": (
        ("bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", *TREES),
        ("python", "-m", "native.leaks"),
        ("python", "-m", "native.advisories"),
    ),
}
# What a tool ends with when it cannot check anything on this machine: neither passed nor failed.
NOT_HERE = 77
ON_THE_SHOP = ("e2e", "security", "reliability")
ON_SERVERS = ("integration", *ON_THE_SHOP)
# So many processes share the files of a suite, on two cores; the tests of integration wait a lot.
PROCESSES = {"unit": 2, "contract": 2, "api": 2, "integration": 3, "e2e": 2, "security": 2}
# Each process has a shop of its own, since its tests stop, scale and judge all of it. The first
# has the one that is there; another is told of none, and starts one (`native.testing`).
SHOP_EACH = frozenset({"e2e"})
# The chaos suite starts a shop of its own, so it comes before the one that the others share.
SUITES = (
    *("lint", "unit", "contract", "api", "chaos", "types", "architecture", "simulation"),
    *("integration", "e2e", "security"),
)
# While chaos waits for what it broke to come back, these use the processors, and give way to it.
BESIDE: Mapping[str, tuple[str, ...]] = {"chaos": ("types", "architecture", "simulation")}
# These take long or need more than this checkout, and run when they are named.
ON_DEMAND = ("reliability", "infra", "compose", "k8s")
PATIENCE = 30.0  # seconds that an interrupted suite has for its own clean-up


@dataclass(frozen=True, slots=True)
class Result:
    """How one suite went; `notes` say what is wrong beside failed tests, or why it is left out."""

    suite: str
    passed: int
    failed: int
    seconds: float
    notes: tuple[str, ...] = ()
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How a suite's programs run: what they are told, where they are heard, who goes first."""

    environment: Mapping[str, str]
    sound: int
    gives_way: bool = False


def folders(suite: str, checkout: Path = CHECKOUT) -> list[Path]:
    """The test folders of a suite: `*/tests/unit` of every member, and the root's own."""
    patterns = (f"*/tests/{suite}", f"*/*/tests/{suite}", f"tests/{suite}")
    return sorted(p for pattern in patterns for p in checkout.glob(pattern) if p.is_dir())


async def run(suite: str, manner: Manner) -> Result:
    """Run one suite, its tools before its tests."""
    begun = time.monotonic()
    passed, failed, notes = await _tools(TOOLS.get(suite, ()), manner)
    if suite not in TOOLS or folders(suite):
        counts, more = await _pytest(suite, manner)
        passed, failed, notes = passed + counts[0], failed + counts[1], notes + more
    return Result(suite, passed, failed, time.monotonic() - begun, notes)


def sound(quiet: bool) -> int:
    """Where a program's output goes: standard output belongs to the JSON object when `quiet`."""
    return sys.stderr.fileno() if quiet else sys.stdout.fileno()


def repeat(said: BinaryIO, sound: int) -> None:
    """Lets be heard what programs said into a file."""
    said.seek(0)
    os.write(sound, said.read())


async def _tools(
    commands: Sequence[Sequence[str]], manner: Manner
) -> tuple[int, int, tuple[str, ...]]:
    """How many tools passed and failed, and which of them could not check anything here."""
    codes = []
    for name, *words in commands:
        codes.append(await _execute([str(BIN / name), *words], manner))
    left = tuple(
        f"not checked here: {' '.join(command)}"
        for command, code in zip(commands, codes, strict=True)
        if code == NOT_HERE
    )
    passed = codes.count(0)
    return passed, len(codes) - passed - len(left), left


async def _pytest(suite: str, manner: Manner) -> tuple[tuple[int, int], tuple[str, ...]]:
    where = folders(suite)
    if not where:
        return (0, 1), (f"there is no folder tests/{suite}",)
    names = [str(folder.relative_to(CHECKOUT)) for folder in where]
    count = PROCESSES.get(suite, 1)
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # The first process is heard as it runs; what others say follows when all are through.
        later = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(1, count)]
        plain = manner.environment
        told = {**plain, "SOUK_TEST_STACK": ""} if suite in SHOP_EACH else plain
        others = [replace(manner, environment=told, sound=file.fileno()) for file in later]
        manners = [manner, *others]
        # Two read the tests from both ends: what one has compiled, the other need not.
        ends = (names, names[::-1])
        parts = await asyncio.gather(
            *(_process((n, count), ends[n % 2], scratch, each) for n, each in enumerate(manners))
        )
        for file in later:
            repeat(file, manner.sound)
    codes, passed, failed = zip(*parts, strict=True)
    code = next(filter(None, codes), 0)
    return judge(code, names, sum(passed, Counter()), sum(failed, Counter()))


async def _process(
    share: tuple[int, int],
    where: Sequence[str],
    scratch: Path,
    manner: Manner,
) -> tuple[int, Counter[str], Counter[str]]:
    """One pytest process: its exit code, and how many tests of each folder passed and failed."""
    number, count = share
    counts = scratch / f"counts-{number}.json"
    program = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "native.counting",
        "-p",
        "native.sharing",
    ]
    words = ["--claims", str(scratch), "--share", f"{number}/{count}", *where]
    if number:
        words += ["-o", f"cache_dir=.souk/cache/pytest-{number}"]
    told = {**manner.environment, "SOUK_TEST_COUNTS": str(counts)}
    code = await _execute([*program, *words], replace(manner, environment=told))
    raw = json.loads(counts.read_text()) if counts.exists() else {"passed": {}, "failed": {}}
    return code, Counter(raw["passed"]), Counter(raw["failed"])


def judge(
    code: int, where: Sequence[str], passed: Mapping[str, int], failed: Mapping[str, int]
) -> tuple[tuple[int, int], tuple[str, ...]]:
    """Passed and failed; a folder without a test and a pytest that broke count as failures."""
    ran = [*passed, *failed]
    empty = [
        folder for folder in where if not any(Path(name).is_relative_to(folder) for name in ran)
    ]
    notes = [f"no test ran in {folder}" for folder in empty]
    wrong = sum(failed.values()) + len(empty)
    if code != 0 and not wrong:
        wrong = 1
        notes.append(f"pytest ended with {code}")
    return (sum(passed.values()), wrong), tuple(notes)


async def _execute(command: Sequence[str], manner: Manner) -> int:
    """Run a program in a group of its own; when cancelled, interrupt it and wait for its end."""
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=CHECKOUT,
        env={**os.environ, **manner.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=manner.sound,
        stderr=manner.sound if manner.gives_way else None,
        start_new_session=True,
    )
    if manner.gives_way:
        _give_way(child.pid)
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            await _end(child)


def _give_way(pid: int) -> None:
    """Gives a session's leader, and what it will start, the processors that nobody else wants."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, 19)
        # Linux may share the processors between sessions first (sched(7), autogroup).
        Path(f"/proc/{pid}/autogroup").write_text("19")


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGINT)
    try:
        await asyncio.wait_for(child.wait(), PATIENCE)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
