"""What `./souk chaos` and its short form in the tests run: set the stage, play, and judge.

The order of things is here; each thing is a module of this folder.
"""

import logging
from dataclasses import dataclass

from native.chaos.catalogue import CATALOGUE, kinds
from native.chaos.play import Run, play
from native.chaos.report import Verdict
from native.chaos.schedule import schedule
from native.chaos.stage import stage
from native.ports import free_base
from native.progress import Progress
from native.verify import client_log
from native.verify.findings import Findings
from native.verify.judge import verify

LOG = "clients.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked to be; `rate` is buyers a second, `rows` how much of the data set."""

    seed: int
    minutes: float
    rate: float
    keep: bool = False
    port_base: int | None = None
    rows: int | None = None


async def run(asked: Asked, progress: Progress) -> Verdict:
    """One whole run on a stack of its own, from the start of its processes to their end."""
    # A client that finds its broker killed says so again and again; the run knows why.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    base = asked.port_base or free_base()
    async with stage(base, progress, rows=asked.rows, keep=asked.keep) as (ground, volume):
        dealt = kinds(volume=volume)
        left_out = sorted(CATALOGUE.keys() - {kind.name for kind in dealt})
        plans = schedule(asked.seed, asked.minutes, dealt)
        log, seconds = ground.place.home / LOG, asked.minutes * 60
        played = await play(
            ground,
            plans,
            log,
            seed=asked.seed,
            seconds=seconds,
            rate=asked.rate,
            progress=progress,
        )
        found = await verify(ground.place, progress, clients=log)
        findings = [*found.findings, own_findings(played)]
        home = str(ground.place.home) if asked.keep else None
        return Verdict(played, findings, list(client_log.read(log)), home, left_out)


def own_findings(played: Run) -> Findings:
    """What no store tells: poison is among the dead letters, faults did happen, the shop rests."""
    own = Findings("chaos", "every fault happened, and the shop came to rest after the last")
    own.count("faults", len(played.happened))
    for mark in played.letters_missing:
        own.fault("poison that is no dead letter", mark, "not in any dead-letter topic")
    for happened in played.happened:
        if happened.trouble is not None:
            own.fault("not injected", happened.plan, happened.trouble)
    if played.late:
        found = f"has waited for {played.late:.0f} s"
        own.fault("event in an outbox half a minute after the last healing", "the shop", found)
    if played.rest is None:
        own.fault("never at rest", "the shop", "sagas or events were left after the time for rest")
    return own
