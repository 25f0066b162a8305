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
from dataclasses import dataclass
from pathlib import Path

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
    *("lint", "types", "architecture", "unit", "simulation", "contract", "api"),
    *("chaos", "integration", "e2e", "security"),
)
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


def folders(suite: str, checkout: Path = CHECKOUT) -> list[Path]:
    """The test folders of a suite: `*/tests/unit` of every member, and the root's own."""
    patterns = (f"*/tests/{suite}", f"*/*/tests/{suite}", f"tests/{suite}")
    return sorted(p for pattern in patterns for p in checkout.glob(pattern) if p.is_dir())


async def run(suite: str, environment: Mapping[str, str], quiet: bool) -> Result:
    """Run one suite; its output goes to the terminal, to standard error when `quiet`."""
    begun = time.monotonic()
    passed, failed, notes = await _tools(TOOLS.get(suite, ()), environment, quiet)
    if suite not in TOOLS or folders(suite):
        counts, more = await _pytest(suite, environment, quiet)
        passed, failed, notes = passed + counts[0], failed + counts[1], notes + more
    return Result(suite, passed, failed, time.monotonic() - begun, notes)


async def _tools(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], quiet: bool
) -> tuple[int, int, tuple[str, ...]]:
    """How many tools passed and failed, and which of them could not check anything here."""
    codes = []
    for name, *words in commands:
        codes.append(await _execute([str(BIN / name), *words], environment, _sound(quiet)))
    left = tuple(
        f"not checked here: {' '.join(command)}"
        for command, code in zip(commands, codes, strict=True)
        if code == NOT_HERE
    )
    passed = codes.count(0)
    return passed, len(codes) - passed - len(left), left


async def _pytest(
    suite: str, environment: Mapping[str, str], quiet: bool
) -> tuple[tuple[int, int], tuple[str, ...]]:
    where = folders(suite)
    if not where:
        return (0, 1), (f"there is no folder tests/{suite}",)
    names = [str(folder.relative_to(CHECKOUT)) for folder in where]
    count = PROCESSES.get(suite, 1)
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # The first process is heard as it runs; what others say follows when all are through.
        later = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(1, count)]
        sounds = [_sound(quiet), *(file.fileno() for file in later)]
        without = {**environment, "SOUK_TEST_STACK": ""} if suite in SHOP_EACH else environment
        parts = await asyncio.gather(
            *(
                _process((n, count), names, scratch, without if n else environment, sound)
                for n, sound in enumerate(sounds)
            )
        )
        for file in later:
            file.seek(0)
            os.write(_sound(quiet), file.read())
    codes, passed, failed = zip(*parts, strict=True)
    code = next(filter(None, codes), 0)
    return judge(code, names, sum(passed, Counter()), sum(failed, Counter()))


async def _process(
    share: tuple[int, int],
    where: Sequence[str],
    scratch: Path,
    environment: Mapping[str, str],
    sound: int,
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
    told = {**environment, "SOUK_TEST_COUNTS": str(counts)}
    code = await _execute([*program, *words], told, sound)
    raw = json.loads(counts.read_text()) if counts.exists() else {"passed": {}, "failed": {}}
    return code, Counter(raw["passed"]), Counter(raw["failed"])


def _sound(quiet: bool) -> int:
    """Where a program's output goes: standard output belongs to the JSON object when `quiet`."""
    return sys.stderr.fileno() if quiet else sys.stdout.fileno()


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


async def _execute(command: Sequence[str], environment: Mapping[str, str], sound: int) -> int:
    """Run a program in a group of its own; when cancelled, interrupt it and wait for its end."""
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sound,
        start_new_session=True,
    )
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGINT)
    try:
        await asyncio.wait_for(child.wait(), PATIENCE)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
