"""`./souk --compose chaos`: breaks the shop that runs in containers, heals it, and judges.

Called by `native.cli` and by the tests. Buyers, schedule, rest and verdict are those of native's
chaos; only the faults are Docker's. The stack is the one that runs: there is no second one.
"""

import asyncio
import logging
import time

from native.chaos.command import LOG, own_findings
from native.chaos.play import play
from native.chaos.report import Verdict
from native.chaos.schedule import schedule
from native.commands.chaos import Minutes, Rate, Seed, tell
from native.commands.common import AsJson, interruptible
from native.compose import stack
from native.compose.client import find
from native.compose.faults import CATALOGUE, kinds
from native.compose.ground import yard
from native.progress import Progress
from native.verify import client_log
from native.verify.judge import verify


def chaos(
    seed: Seed = 1, minutes: Minutes = 5.0, rate: Rate = 6.0, as_json: AsJson = False
) -> None:
    """Kill, pause, cut off and poison the containers under load; then heal, and verify all."""
    tell(interruptible(run(seed, minutes, rate, Progress())), as_json)


async def run(seed: int, minutes: float, rate: float, progress: Progress) -> Verdict:
    """One run on the stack that is up; raises NothingRuns, or NotBack for what stays away."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    place, kept = stack.place(), stack.take_over()
    ground = yard(find(), place, kept)
    log = place.home / LOG
    await asyncio.to_thread(log.unlink, missing_ok=True)
    played = await play(
        ground,
        schedule(seed, minutes, kinds()),
        log,
        # The stack has met this seed's buyers if it ran before; their carts and keys are spent.
        seed=time.time_ns(),
        seconds=minutes * 60,
        rate=rate,
        progress=progress,
        catalogue=CATALOGUE,
    )
    found = await verify(place, progress, clients=log)
    findings = [*found.findings, own_findings(played)]
    return Verdict(played, findings, list(client_log.read(log)), None, [])
