"""The breaker, the retry budget and the outliers of a service, on a clock that the test sets."""

import pytest

from gateway.upstream import outliers
from gateway.upstream.breaker import FIRST_REST_SECONDS, LEAST_REQUESTS, PROBES, Breaker, State
from gateway.upstream.budget import ALWAYS, RetryBudget
from gateway.upstream.errors import CircuitOpen
from gateway.upstream.outliers import FAILURES_IN_A_ROW, Standing
from gateway.upstream.window import SECONDS, Window

NOW = 1000.0


def fail(breaker: Breaker, window: Window, times: int, now: float = NOW) -> None:
    for _ in range(times):
        window.request(now)
        window.failure(now)
        breaker.failed(now)


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def breaker(window: Window) -> Breaker:
    return Breaker(window)


def test_a_few_failures_open_nothing(breaker: Breaker, window: Window) -> None:
    fail(breaker, window, LEAST_REQUESTS - 1)
    breaker.admit(NOW)
    assert breaker.state is State.CLOSED


def test_it_opens_when_half_of_the_requests_fail(breaker: Breaker, window: Window) -> None:
    for _ in range(LEAST_REQUESTS):
        window.request(NOW)
    fail(breaker, window, LEAST_REQUESTS - 1)
    assert breaker.state is State.CLOSED
    fail(breaker, window, 1)
    assert (breaker.state, breaker.opened) == (State.OPEN, 1)
    with pytest.raises(CircuitOpen) as refused:
        breaker.admit(NOW)
    assert refused.value.seconds == 1


def test_failures_are_forgotten_after_ten_seconds(breaker: Breaker, window: Window) -> None:
    fail(breaker, window, LEAST_REQUESTS - 1)
    fail(breaker, window, 1, NOW + SECONDS)
    assert breaker.state is State.CLOSED


def opened(breaker: Breaker, window: Window) -> float:
    fail(breaker, window, LEAST_REQUESTS)
    return NOW + FIRST_REST_SECONDS


def test_half_open_lets_a_few_probes_pass(breaker: Breaker, window: Window) -> None:
    later = opened(breaker, window)
    for _ in range(PROBES):
        breaker.admit(later)
    with pytest.raises(CircuitOpen):
        breaker.admit(later)
    assert breaker.state is State.HALF_OPEN


def test_good_probes_close_it_and_the_past_is_forgotten(breaker: Breaker, window: Window) -> None:
    later = opened(breaker, window)
    for _ in range(PROBES):
        breaker.admit(later)
        breaker.succeeded()
    assert breaker.state is State.CLOSED
    assert window.sums(later) == (0, 0, 0)


def test_a_bad_probe_opens_it_for_twice_as_long(breaker: Breaker, window: Window) -> None:
    later = opened(breaker, window)
    breaker.admit(later)
    breaker.failed(later)
    with pytest.raises(CircuitOpen) as refused:
        breaker.admit(later + FIRST_REST_SECONDS)
    assert refused.value.seconds == 1
    breaker.admit(later + 2 * FIRST_REST_SECONDS)
    assert breaker.state is State.HALF_OPEN


def test_a_probe_whose_client_left_gives_its_place_back(breaker: Breaker, window: Window) -> None:
    later = opened(breaker, window)
    for _ in range(PROBES * 2):
        breaker.admit(later)
        breaker.gave_up()
    assert breaker.state is State.HALF_OPEN


def test_retries_stay_within_a_fifth_and_a_few(window: Window) -> None:
    budget = RetryBudget(window)
    assert sum(budget.take(NOW) for _ in range(100)) == ALWAYS
    for _ in range(100):
        window.request(NOW)
    assert sum(budget.take(NOW) for _ in range(100)) == 20
    assert (budget.retried, budget.refused) == (ALWAYS + 20, 170)
    assert budget.take(NOW + SECONDS)


def test_five_failures_in_a_row_send_a_replica_away() -> None:
    bad, good = Standing(), Standing()
    for _ in range(FAILURES_IN_A_ROW - 1):
        outliers.failed(bad, [good], NOW)
    bad.answered(NOW)
    for _ in range(FAILURES_IN_A_ROW - 1):
        outliers.failed(bad, [good], NOW)
    assert bad.away_until <= NOW
    outliers.failed(bad, [good], NOW)
    assert bad.away_until == NOW + outliers.FIRST_REST_SECONDS


def test_it_stays_away_longer_each_time_until_it_did_well() -> None:
    bad, good = Standing(), Standing()
    now = NOW
    for rest in (5.0, 10.0, 20.0, 40.0, 60.0, 60.0):
        for _ in range(FAILURES_IN_A_ROW):
            outliers.failed(bad, [good], now)
        assert bad.away_until == now + rest
        now = bad.away_until
    bad.answered(now + 10)
    assert (bad.failures, bad.ejections) == (0, 0)


def test_no_more_than_half_are_sent_away() -> None:
    standings = [Standing() for _ in range(4)]
    for bad in standings[:3]:
        others = [other for other in standings if other is not bad]
        for _ in range(FAILURES_IN_A_ROW * 2):
            outliers.failed(bad, others, NOW)
    assert [one.away_until > NOW for one in standings] == [True, True, False, False]


def test_nobody_is_the_odd_one_out_when_all_fail() -> None:
    first, second = Standing(), Standing()
    for _ in range(FAILURES_IN_A_ROW * 2):
        outliers.failed(second, [first], NOW)
        outliers.failed(first, [second], NOW)
    assert first.away_until == 0.0
    alone = Standing()
    for _ in range(FAILURES_IN_A_ROW * 2):
        outliers.failed(alone, [], NOW)
    assert alone.away_until == 0.0
