"""From a plan that fails to the shortest one that fails the same way, by delta debugging.

First whatever people do and whatever goes wrong is left out, piece by piece; then every turn that
need not be out of order. What is left is what matters (Zeller and Hildebrandt, 2002: ddmin).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from tests.simulation.plan import Plan
from tests.simulation.running import Outcome

T = TypeVar("T")
Fails = Callable[[Plan], Outcome | None]
"""Runs a plan; gives its outcome if it fails the way that is looked for."""


def same_failure(expected: Outcome, run: Callable[[Plan], Outcome]) -> Fails:
    """Tells whether a plan violates the invariant that `expected` violated first."""
    wanted = kind(expected.violations[0])

    def fails(plan: Plan) -> Outcome | None:
        outcome = run(plan)
        return outcome if wanted in map(kind, outcome.violations) else None

    return fails


def kind(violation: str) -> str:
    """The invariant's name."""
    return violation.partition(" ")[0]


def shortest(failing: Outcome, fails: Fails) -> Outcome:
    """Leaves out all that can be left out; the outcome of what remains."""
    best = fails(replace(failing.plan, turns=failing.turns)) or failing
    turns = best.plan.turns
    if turns is not None and (in_order := fails(replace(best.plan, turns={}))):
        best, turns = in_order, {}
    best = _without(best, best.plan.items, lambda plan, items: replace(plan, items=items), fails)
    if turns:
        kept = tuple(sorted(turns.items()))
        best = _without(best, kept, lambda plan, left: replace(plan, turns=dict(left)), fails)
    return best


def _without(
    best: Outcome,
    parts: Sequence[T],
    change: Callable[[Plan, Any], Plan],
    fails: Fails,
) -> Outcome:
    """Leaves out ever smaller pieces of `parts` as long as the plan still fails."""
    left, size = tuple(parts), max(1, len(parts) // 2)
    while left:
        begin = 0
        while begin < len(left):
            shorter = left[:begin] + left[begin + size :]
            if outcome := fails(change(best.plan, shorter)):
                best, left = outcome, shorter
            else:
                begin += size
        if size == 1:
            return best
        size = max(1, size // 2)
    return best
