"""Many seeds on all cores, and the story of the first that fails: what `./souk simulate` runs.

`python -m tests.simulation.batch --seeds N [--from M] [--bug NAME] [--json]`; it ends with 1 when a
seed fails, after shrinking its plan and telling what happened in it.
"""

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context, parent_process
from threading import Thread

from tests.reliability.bugs.catalogue import BUGS, planted
from tests.simulation.plan import plan_of
from tests.simulation.running import Outcome, simulate
from tests.simulation.shop import stage
from tests.simulation.shrinking import same_failure, shortest

SHARE = 250
# Between two lines of progress where standard error is no terminal.
SILENCE_SECONDS = 30.0


def failures(seeds: Sequence[int], bug: str | None = None) -> tuple[int, list[int]]:
    """Runs the seeds; returns how many steps they took and which of them failed."""
    with ExitStack() as stack:
        here = stack.enter_context(stage())
        if bug is not None:
            stack.enter_context(planted(BUGS[bug]))
        steps, failed = 0, []
        for seed in seeds:
            outcome = simulate(plan_of(seed), here)
            steps += outcome.steps
            if outcome.violations:
                failed.append(seed)
    return steps, failed


def first_failure(seeds: Sequence[int], bug: str | None = None) -> Outcome | None:
    """The first seed that fails, shrunk and told; None when all hold."""
    with ExitStack() as stack:
        here = stack.enter_context(stage())
        if bug is not None:
            stack.enter_context(planted(BUGS[bug]))
        for seed in seeds:
            outcome = simulate(plan_of(seed), here)
            if outcome.violations:
                fails = same_failure(outcome, lambda plan: simulate(plan, here))
                shrunk = shortest(outcome, fails)
                return simulate(shrunk.plan, here, telling=True)
    return None


def told(outcome: Outcome) -> Iterator[str]:
    """A failing run as one reads it: what was to happen, what happened, what is wrong."""
    plan = outcome.plan
    yield f"seed {plan.seed}, shrunk to {len(plan.items)} items, {len(plan.turns or {})} turns:"
    yield f"  on the shelf {dict(plan.stock)}; a hold lasts {plan.hold_seconds} s"
    yield from (f"  {line}" for line in outcome.story)
    yield from (f"violated: {violation}" for violation in outcome.violations)


def _share(seeds: range, bug: str | None) -> tuple[int, list[int]]:
    gc.disable()  # a run is short, and what it leaves is collected once for many
    try:
        return failures(seeds, bug)
    finally:
        gc.enable()
        gc.collect()


def _end_with_parent() -> None:
    """Ends this worker when who started it is no more, however that ended."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def run(first: int, count: int, bug: str | None, workers: int) -> tuple[int, list[int]]:
    """Runs the seeds in shares on so many processes; stops after the first share that fails."""
    shares = [range(n, min(n + SHARE, first + count)) for n in range(first, first + count, SHARE)]
    steps, failed, said = 0, list[int](), time.monotonic()
    spawning = get_context("spawn")
    with ProcessPoolExecutor(workers, spawning, initializer=_end_with_parent) as pool:
        for done, (more, bad) in enumerate(pool.map(_share, shares, [bug] * len(shares)), 1):
            steps, failed = steps + more, failed + bad
            if sys.stderr.isatty():
                print(f"\r{done * SHARE} of {count}", end="", file=sys.stderr)  # noqa: T201
            elif time.monotonic() - said > SILENCE_SECONDS:
                said = time.monotonic()
                print(f"{done * SHARE} of {count}", file=sys.stderr, flush=True)  # noqa: T201
            if failed:
                pool.shutdown(cancel_futures=True)
                break
    return steps, failed


def main() -> int:
    """Reads the command line, runs, prints; returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--bug", choices=sorted(BUGS))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    begun = time.monotonic()
    workers = min(os.cpu_count() or 1, -(-given.seeds // SHARE))
    steps, failed = run(given.first, given.seeds, given.bug, workers)
    seconds = time.monotonic() - begun
    if given.json:
        report = {"seeds": given.seeds, "steps": steps, "failed": failed, "seconds": seconds}
        print(json.dumps(report))  # noqa: T201
    else:
        print(f"{given.seeds} seeds, {steps} steps, {seconds:.0f} s: {len(failed)} failed")  # noqa: T201
    if failed and (outcome := first_failure(failed[:1], given.bug)):
        print("\n".join(told(outcome)), file=sys.stderr if given.json else sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
