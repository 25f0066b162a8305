"""Every failpoint of the shop, for five seeds: a process dies there, and nothing is lost by it."""

import pytest

from chassis.failpoints import CRASHED, POINTS
from tests.reliability.walk import Stop, Walk, rounds_of, violations_of

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_process_dies_at_each_point_and_nothing_is_lost(seed: int, walk: Walk) -> None:
    ends: dict[Stop, int | None] = {}
    for stops in rounds_of(seed):
        ends |= await walk.go(stops)
    assert {stop.point for stop in ends} == set(POINTS)
    assert {stop: end for stop, end in ends.items() if end != CRASHED} == {}
    assert await violations_of(walk.processes) == []
