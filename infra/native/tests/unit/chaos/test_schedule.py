"""One seed gives one schedule, and no kind of fault is left out of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from native.chaos.catalogue import CATALOGUE, kinds
from native.chaos.schedule import LAST_CALL, Planned, schedule

SEEDS = st.integers(0, 2**32)
MINUTES = st.floats(1.5, 30)


def overlap(one: Planned, other: Planned) -> bool:
    return one.target == other.target and one.at < other.until and other.at < one.until


@settings(max_examples=25)
@given(seed=SEEDS, minutes=MINUTES)
def test_the_same_seed_gives_the_same_schedule(seed: int, minutes: float) -> None:
    assert schedule(seed, minutes, kinds(volume=True)) == schedule(
        seed, minutes, kinds(volume=True)
    )


@settings(max_examples=25)
@given(seed=SEEDS, minutes=MINUTES)
def test_every_kind_of_fault_occurs_however_short_the_run(seed: int, minutes: float) -> None:
    planned = schedule(seed, minutes, kinds(volume=True))
    assert {plan.kind for plan in planned} == set(CATALOGUE)
    assert all(plan.target in CATALOGUE[plan.kind].targets for plan in planned)
    assert all(plan.at <= minutes * 60 for plan in planned)


@settings(max_examples=25)
@given(seed=SEEDS, minutes=MINUTES)
def test_no_two_faults_are_at_one_target_at_a_time(seed: int, minutes: float) -> None:
    planned = schedule(seed, minutes, kinds(volume=True))
    pairs = ((a, b) for i, a in enumerate(planned) for b in planned[:i])
    assert not any(overlap(a, b) for a, b in pairs)


def test_another_seed_gives_another_schedule() -> None:
    assert schedule(1, 3, kinds(volume=True)) != schedule(2, 3, kinds(volume=True))


def test_the_long_run_has_as_many_faults_as_its_figure_says() -> None:
    assert len(schedule(1, 30, kinds(volume=True))) >= 150


def test_the_load_outlasts_what_begins_last() -> None:
    planned = schedule(5, 30, kinds(volume=True))
    assert max(plan.at for plan in planned) < 30 * 60 - LAST_CALL + 30


def test_without_a_volume_everything_else_is_still_done() -> None:
    assert {kind.name for kind in kinds(volume=False)} == set(CATALOGUE) - {"full-volume"}
