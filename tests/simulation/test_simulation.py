"""A thousand simulated shops in which things go wrong, and what makes that worth something."""

import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chassis.offsets import LAG_SECONDS
from tests.reliability.bugs.catalogue import BUGS, planted
from tests.simulation.batch import first_failure, run, told
from tests.simulation.plan import Buy, Crash, Item, Plan, Replica, plan_of
from tests.simulation.running import simulate
from tests.simulation.shop import Stage, stage
from tests.simulation.shrinking import kind, same_failure, shortest

SEEDS = 1_000
WITHIN = 400


@pytest.fixture
def here() -> Iterator[Stage]:
    gc.disable()
    with stage() as scene:
        yield scene
    gc.enable()
    gc.collect()


def test_a_thousand_seeds_violate_nothing() -> None:
    steps, failed = run(0, SEEDS, None, workers=2)
    assert not failed, "\n".join(told(failing)) if (failing := first_failure(failed)) else failed
    assert steps > 100 * SEEDS, "too little happened in them"


def test_a_seed_is_one_run_and_another_seed_is_another(here: Stage) -> None:
    digests = [simulate(plan_of(seed), here).digest for seed in (7, 7, 8)]
    assert digests[0] == digests[1] != digests[2]


def test_what_was_picked_can_be_picked_again(here: Stage) -> None:
    drawn = simulate(plan_of(11), here)
    again = simulate(replace(drawn.plan, turns=drawn.turns), here)
    assert again.digest == drawn.digest


def test_orders_of_a_hundred_seeds_end_in_every_way(here: Stage) -> None:
    ends = Counter[str]()
    for seed in range(100):
        simulate(plan_of(seed), here)
        orders = here.shop.databases["orders"].tables["orders"].values()
        ends.update(f"{order.status} {order.reason or ''}".strip() for order in orders)
    assert {"confirmed", "cancelled", "rejected out_of_stock", "rejected payment_declined"} <= set(
        ends
    )
    assert any(reason in ends for reason in ("rejected timed_out", "rejected reservation_expired"))


def test_a_purchase_where_nothing_goes_wrong_is_confirmed_at_once(here: Stage) -> None:
    plan = Plan(1, {"85123A": 3, "71053": 3}, 900, ((0, Buy(0, (("85123A", 2),), "tok_visa")),), {})
    outcome = simulate(plan, here)
    (order,) = here.shop.databases["orders"].tables["orders"].values()
    # No time passes for it; only the offsets are told a moment later.
    assert (outcome.violations, order.status, outcome.seconds) == ((), "confirmed", LAG_SECONDS)


def test_a_failure_is_shrunk_to_what_matters_for_it(here: Stage) -> None:
    bought = (0, Buy(0, (("85123A", 2),), "tok_visa"))
    noise: tuple[tuple[int, Item], ...] = (
        *((n, Replica("inventory")) for n in range(4)),
        (90, Crash("orders", 5.0)),
    )
    with planted(BUGS["confirmed_too_early"]):
        failing = simulate(Plan(5, {"85123A": 9, "71053": 9}, 30, (bought, *noise)), here)
        assert failing.violations
        shrunk = shortest(failing, same_failure(failing, lambda plan: simulate(plan, here)))
    assert shrunk.plan.items == (bought,)
    assert shrunk.plan.turns == {}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_seen_by_runs_that_do_not_know_of_it(name: str, here: Stage) -> None:
    bug = BUGS[name]
    with planted(bug):
        runs = (simulate(plan_of(seed), here) for seed in range(WITHIN))
        seen = any(bug.seen_by in map(kind, run.violations) for run in runs)
    assert seen, f"{WITHIN} seeds do not violate {bug.seen_by} although {bug.what}"


def test_verify_alone_sees_more_than_fifteen_of_more_than_twenty_bugs() -> None:
    assert len(BUGS) > 20
    assert sum(bug.seen_by != "RUN" for bug in BUGS.values()) > 15


def test_the_story_of_a_bug_says_what_happened() -> None:
    failing = first_failure(range(100), "payment_not_voided")
    assert failing is not None
    text = "\n".join(told(failing))
    assert "is placed: answered" in text
    assert "violated: I1 money kept" in text
