"""Each engine slow for a minute, and away for one: every cell of the matrix, and nothing lost.

One shop of its own stands on links that can be slowed. Each outage is played once, while people try
everything in all parts of the shop; then every cell of docs/reliability.md is held to it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import product

import httpx
import pytest

from native.chaos.ground import Ground
from native.chaos.stage import stage
from native.place import CHECKOUT
from native.ports import free_base
from native.progress import Progress
from native.verify.judge import verify
from tests.e2e.shop import Shop
from tests.reliability.matrix import MODES, Matrix, faults, read_matrix
from tests.reliability.outages import ENGINES, Played, play
from tests.reliability.people import PARTS, acts_by_part, gather_people

SECONDS = float(os.environ.get("SOUK_OUTAGE_SECONDS", "60"))
ROWS = 2500
CARTS_A_SECOND = 1.2
# Seconds after the end of an outage.
DONE_AGAIN = 30.0
KEPT = {"orders": 30.0, "order mails": 60.0, "account mails": 60.0}
OUTAGES = tuple(product(ENGINES, MODES))

# The stage starts the supervisor from here, and it outlives the object that started it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@dataclass
class Trial:
    """One shop, and what came of the outages that it has seen."""

    ground: Ground
    shop: Shop
    seen: dict[tuple[str, str], Played] = field(default_factory=dict)

    async def played(self, engine: str, mode: str) -> Played:
        """Plays the outage unless it was."""
        if (engine, mode) not in self.seen:
            people = await gather_people(self.shop, carts=int(CARTS_A_SECOND * SECONDS) + 9)
            self.seen[engine, mode] = await play(self.ground, people, engine, mode, SECONDS)
        return self.seen[engine, mode]


@pytest.fixture(scope="module")
async def trial() -> AsyncIterator[Trial]:
    """A shop of its own, with a part of the real catalogue."""
    async with (
        stage(free_base(), Progress(), rows=ROWS, keep=False) as (ground, _),
        httpx.AsyncClient(base_url=ground.record.gateway_url) as client,
    ):
        yield Trial(ground, Shop(client, ground.record.mailbox_url))


@pytest.fixture(scope="module")
async def matrix() -> Matrix:
    """What the page says."""
    page = await asyncio.to_thread((CHECKOUT / "docs/reliability.md").read_text)
    return read_matrix(page, acts_by_part(), ENGINES)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("engine", "mode"), OUTAGES)
async def test_a_part_does_in_an_outage_what_the_page_says(
    engine: str, mode: str, part: str, matrix: Matrix, trial: Trial
) -> None:
    played = await trial.played(engine, mode)
    assert faults(matrix[part, engine, mode], played.answers) == []


@pytest.mark.parametrize(("engine", "mode"), OUTAGES)
async def test_after_an_outage_all_is_done_again_and_nothing_was_forgotten(
    engine: str, mode: str, trial: Trial
) -> None:
    played = await trial.played(engine, mode)
    sys.stderr.write(f"{engine} {mode}: {played.report()}\n")
    late = {name: wait for name, wait in played.recovered.items() if wait > DONE_AGAIN}
    late |= {name: wait for name, wait in played.kept.items() if wait > KEPT[name]}
    assert late == {}


async def test_after_all_outages_no_invariant_is_violated(trial: Trial) -> None:
    assert trial.seen
    verdict = await verify(trial.ground.place, Progress())
    assert {f.name: f.document() for f in verdict.findings if f.violations} == {}
