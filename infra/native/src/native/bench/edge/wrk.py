"""Load by `wrk`, Debian's package: connections that send one request after the other.

A generator written in Python would cost more than what it measures. Each round gives requests a
second, delays, and the CPU time that the measured process took for each request.
"""

import asyncio
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from native.children import run
from native.errors import StackError

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class NoLoad(StackError):
    """There is nothing to send load with, or it said something else than expected."""


@dataclass(frozen=True, slots=True)
class Round:
    """Requests a second, milliseconds, CPU microseconds a request, and answers not 2xx or 3xx."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    failed: int


def check() -> None:
    """Raises NoLoad where `wrk` is not installed."""
    if shutil.which("wrk") is None:
        raise NoLoad("`./souk bench gateway` sends its load with wrk: apt-get install wrk")


def script(path: Path, target: str, tokens: Sequence[str]) -> Path:
    """Writes the script that takes turns with the tokens."""
    listed = ",\n".join(f'"{token}"' for token in tokens)
    path.write_text(
        f"local tokens = {{\n{listed}\n}}\nlocal requests, turn = {{}}, 0\n"
        "function init()\n  for i, token in ipairs(tokens) do\n"
        f"    requests[i] = wrk.format('GET', '{target}', {{Authorization = 'Bearer ' .. token}})\n"
        "  end\nend\n"
        f"function request()\n  turn = turn % {len(tokens)} + 1\n  return requests[turn]\nend\n"
    )
    return path


async def load(port: int, pid: int, script: Path, clients: int, seconds: float) -> Round:
    """One round against the process `pid`, which listens on `port` of this machine."""
    process = psutil.Process(pid)
    before = process.cpu_times()
    # It takes whole seconds only.
    lasts = max(1, round(seconds))
    command = ["wrk", "-t1", f"-c{clients}", f"-d{lasts}s", "--latency", "-s", str(script)]
    said = await asyncio.wait_for(run([*command, f"http://127.0.0.1:{port}/"]), seconds + 30)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return read(said, used)


def read(said: str, cpu_seconds: float) -> Round:
    """What wrk wrote, as figures; raises NoLoad for a text without them."""
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    torn = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    errors = sum(map(int, torn.groups())) if torn else 0
    return Round(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        p50_ms=_milliseconds(_found(r"(?m)^\s+50%\s+(\S+)", said)),
        p99_ms=_milliseconds(_found(r"(?m)^\s+99%\s+(\S+)", said)),
        cpu_us=cpu_seconds / max(1, int(_found(r"(\d+) requests in", said))) * 1e6,
        failed=errors + (int(failed[1]) if failed else 0),
    )


def _found(pattern: str, said: str) -> str:
    match = re.search(pattern, said)
    if match is None:
        raise NoLoad(f"wrk said something else:\n{said[-500:]}")
    return match[1]


def _milliseconds(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    if match is None:
        raise NoLoad(f"no time: {text}")
    return float(match[1]) * _UNITS[match[2]]
