"""Reads through the gateway: requests a second and their delays, with a fixed number of clients.

A closed loop: each client sends its next request when the last was answered. Answers other than
200 are counted apart, and a run with any of them says so.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from native.bench.client import Connection

CLIENTS = 32
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """One run: delays are in milliseconds."""

    requests: int
    errors: int
    per_second: float
    p50_ms: float
    p99_ms: float


async def read(
    origin: str, path: str, headers: Mapping[str, str], seconds: float, clients: int = CLIENTS
) -> Load:
    """Reads `path` for so many seconds, after a second that does not count."""
    begin = time.perf_counter() + WARM_UP_SECONDS
    end = begin + seconds
    runs = await asyncio.gather(
        *(_client(origin, path, headers, begin, end) for _ in range(clients))
    )
    delays = sorted(delay for found, _ in runs for delay in found)
    errors = sum(wrong for _, wrong in runs)
    return Load(
        requests=len(delays),
        errors=errors,
        per_second=len(delays) / seconds,
        p50_ms=percentile(delays, 0.50) * 1000,
        p99_ms=percentile(delays, 0.99) * 1000,
    )


async def _client(
    origin: str, path: str, headers: Mapping[str, str], begin: float, end: float
) -> tuple[list[float], int]:
    connection = await Connection.open(origin)
    request = connection.head("GET", path, headers)
    delays: list[float] = []
    errors = 0
    while (sent := time.perf_counter()) < end:
        answer = await connection.send(request)
        now = time.perf_counter()
        if sent >= begin and now <= end:
            errors += answer.status != 200
            delays.append(now - sent)
    connection.close()
    return delays, errors


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of values in ascending order; 0 where there are none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
