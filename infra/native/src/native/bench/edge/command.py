"""The run of `./souk bench gateway`: in each round everything is measured once, in turns.

So what else the machine does meets all of them alike. Called by `native.bench.command`.
"""

import tempfile
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from native.bench import report as machine_report
from native.bench.edge import report, wrk
from native.bench.edge.subjects import Subject, Subjects
from native.bench.edge.tokens import Mint
from native.bench.edge.wrk import Round
from native.progress import Progress

CLIENTS = 32
TOKENS = 200
# More than the gateway remembers (8,192), so that in turn each of them is unknown again.
NEW_TOKENS = 9_000
ONE_CLIENT_SECONDS = 1.0
# A read that is never kept, and one that the tiny service allows to be kept.
_PRIVATE = "/v1/orders/01990000-0000-7000-8000-0000000000d1"
_PUBLIC = "/v1/products/white-hanging-heart-t-light-holder"


@dataclass(frozen=True, slots=True)
class Load:
    """One row of the table: where it goes, and with which requests."""

    subject: Subject
    script: Path
    alone: bool = True


async def measure(seconds: float, rounds: int) -> report.EdgeReport:
    """All rounds; raises NoLoad without `wrk`."""
    wrk.check()
    progress = Progress()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="souk-edge-")))
        with progress.step(f"Signing {NEW_TOKENS:,} tokens, and starting everything"):
            loads, absent = await _start(stack, folder)
        many: dict[str, list[Round]] = defaultdict(list)
        one: dict[str, list[Round]] = defaultdict(list)
        for number in range(rounds):
            with progress.step(f"Round {number + 1} of {rounds}"):
                for name, load in loads.items():
                    many[name].append(await _round(load, CLIENTS, seconds))
                    if load.alone:
                        one[name].append(await _round(load, 1, ONE_CLIENT_SECONDS))
    return report.EdgeReport(
        machine_report.machine(), CLIENTS, rounds, report.rows(many, one), absent
    )


async def _start(stack: AsyncExitStack, folder: Path) -> tuple[dict[str, Load], list[str]]:
    mint = Mint()
    few = mint.tokens(TOKENS)
    usual = wrk.script(folder / "usual.lua", _PRIVATE, few)
    public = wrk.script(folder / "public.lua", _PUBLIC, few)
    fresh = wrk.script(folder / "fresh.lua", _PRIVATE, mint.tokens(NEW_TOKENS))
    subjects = Subjects(stack, folder, mint)
    found = {
        report.DIRECT: await subjects.service(),
        report.UVICORN: await subjects.uvicorn(),
        report.NGINX: await subjects.nginx(),
        report.HAPROXY: await subjects.haproxy(),
        report.GATEWAY: await subjects.gateway(),
    }
    loads = {name: Load(one, usual) for name, one in found.items() if one is not None}
    gateway = loads[report.GATEWAY].subject
    loads[report.CACHED] = Load(gateway, public)
    # The last, since it drives the usual tokens out of what the gateway remembers.
    loads[report.NEW_TOKENS] = Load(gateway, fresh, alone=False)
    return loads, [name for name, one in found.items() if one is None]


async def _round(load: Load, clients: int, seconds: float) -> Round:
    subject = load.subject
    return await wrk.load(subject.port, subject.pid, load.script, clients, seconds)
