"""The life of signing keys: published before they sign, kept until their last token is over."""

from datetime import UTC, datetime, timedelta

import pytest

from auth.application.rotate_keys import TIMES
from auth.application.token_request import ACCESS_TOKEN_SECONDS
from auth.domain.key_schedule import (
    CACHE_SECONDS,
    KeyPlan,
    KeyTimes,
    RotationUnderWay,
    is_due,
    signer_of,
    succeed,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHORT = KeyTimes(ahead=timedelta(seconds=10), after=timedelta(seconds=20))
OLD = KeyPlan("old", NOW - timedelta(days=30))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_the_times_cover_a_cache_and_a_tokens_life() -> None:
    assert timedelta(seconds=CACHE_SECONDS) < TIMES.ahead
    assert timedelta(seconds=ACCESS_TOKEN_SECONDS) < TIMES.after


def test_a_new_key_is_published_before_it_signs_and_the_old_one_stays_on() -> None:
    new, (old,) = succeed([OLD], "new", SHORT, NOW)
    plans = [old, new]
    assert [signer_of(plans, later(s)).kid for s in (0, 9.9, 10, 99)] == [
        *["old"] * 2,
        *["new"] * 2,
    ]
    assert [old.is_published(later(s)) for s in (0, 29.9, 30)] == [True, True, False]
    assert new.is_published(NOW)


def test_a_second_rotation_waits_for_the_first() -> None:
    new, ending = succeed([OLD], "new", SHORT, NOW)
    with pytest.raises(RotationUnderWay):
        succeed([*ending, new], "newer", SHORT, later(9))
    newer, (ended,) = succeed([*ending, new], "newer", SHORT, later(10))
    assert (ended.kid, newer.signs_from) == ("new", later(20))


def test_a_key_that_has_an_end_keeps_it() -> None:
    new, (old,) = succeed([OLD], "new", SHORT, NOW)
    _newer, ending = succeed([old, new], "newer", SHORT, later(10))
    assert [plan.kid for plan in ending] == ["new"]


def test_a_rotation_is_due_when_the_newest_key_has_signed_for_a_lifetime() -> None:
    lifetime = timedelta(days=30)
    assert is_due([OLD], lifetime, NOW)
    assert not is_due([OLD], lifetime, NOW - timedelta(seconds=1))
    assert not is_due([OLD, KeyPlan("new", later(10))], lifetime, NOW)


def test_the_only_key_signs_even_where_clocks_differ() -> None:
    assert signer_of([KeyPlan("only", later(1))], NOW).kid == "only"
