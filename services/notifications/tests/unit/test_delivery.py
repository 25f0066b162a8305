"""A delivery is tried for three days, with pauses that double, and then given up."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from notifications.domain.delivery import (
    LONGEST_LOG,
    LONGEST_PAUSE,
    PATIENCE,
    Attempt,
    Delivery,
    DeliveryStatus,
    pause_after,
)
from services.notifications.tests.fakes import NOON

PENDING, DELIVERED, FAILED = DeliveryStatus


def delivery() -> Delivery:
    kind, ids = "orders.order_shipped.v1", (UUID(int=1), UUID(int=2), UUID(int=3))
    return Delivery(*ids, kind, NOON, NOON, NOON + PATIENCE)


def attempt(status: int | None, at: datetime = NOON, retry_after: int | None = None) -> Attempt:
    return Attempt(at, 5, status, None if status else "refused", retry_after)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_what_the_endpoint_takes_is_delivered(status: int) -> None:
    taken = delivery()
    taken.record(attempt(status), NOON, 0.5)
    assert (taken.status, taken.delivered_at) == (DELIVERED, NOON)


@pytest.mark.parametrize("status", [None, 100, 301, 307, 400, 404, 429, 500, 503])
def test_everything_else_is_tried_again(status: int | None) -> None:
    refused = delivery()
    refused.tries = 1
    refused.record(attempt(status), NOON, 1.0)
    assert (refused.status, refused.due_at) == (PENDING, NOON + timedelta(seconds=5))
    assert [one.status for one in refused.log] == [status]


def test_an_endpoint_that_is_gone_is_not_tried_again() -> None:
    gone = delivery()
    gone.record(attempt(410), NOON, 0.5)
    assert gone.status is FAILED


@pytest.mark.parametrize(("tries", "seconds"), [(0, 5), (1, 5), (2, 10), (5, 80), (40, 14_400)])
def test_pauses_double_up_to_four_hours_and_jitter_takes_up_to_half_away(
    tries: int, seconds: int
) -> None:
    assert pause_after(tries, 1.0) == timedelta(seconds=seconds)
    assert pause_after(tries, 0.0) == timedelta(seconds=seconds / 2)


def test_the_endpoint_may_ask_for_a_longer_pause_but_not_for_any() -> None:
    asked = delivery()
    asked.record(attempt(503, retry_after=600), NOON, 0.5)
    assert asked.due_at == NOON + timedelta(seconds=600)
    asked.record(attempt(503, retry_after=10**7), NOON, 0.5)
    assert asked.due_at == NOON + LONGEST_PAUSE


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_it_is_given_up_after_exactly_three_days(jitter: float) -> None:
    failing, now, tries = delivery(), NOON, 0
    while failing.status is PENDING:
        failing.tries = tries = tries + 1
        failing.record(attempt(500, now), now, jitter)
        now = failing.due_at
    assert failing.status is FAILED
    assert failing.log[-1].at == NOON + PATIENCE
    assert 25 < tries < 60


def test_what_was_given_up_can_begin_again_and_keeps_its_log() -> None:
    again = delivery()
    again.record(attempt(410), NOON, 0.5)
    later = NOON + timedelta(days=9)
    again.begin_again(later)
    assert (again.status, again.due_at, again.tries, len(again.log)) == (PENDING, later, 0, 1)
    assert again.gives_up_at == later + PATIENCE


def test_the_log_keeps_the_last_hundred() -> None:
    long = delivery()
    for number in range(LONGEST_LOG + 5):
        long.record(attempt(500 + number), NOON, 0.5)
    assert (len(long.log), long.log[0].status) == (LONGEST_LOG, 505)
