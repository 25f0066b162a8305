"""The rule that finds a stolen refresh token, as a table and as a property."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.domain.oauth_errors import InvalidGrant, RefreshTokenReused
from auth.domain.refresh_family import GRACE, LIFETIME, RefreshFamily
from services.auth.tests.grant_samples import a_family

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ID = UUID(int=1)


def family() -> RefreshFamily:
    return a_family(ID, NOW)


def test_the_live_token_is_followed_by_the_next() -> None:
    tokens = family()
    assert [tokens.rotate(n, "c", NOW) for n in range(3)] == [1, 2, 3]


def test_the_grace_gives_the_same_successor_and_does_not_grow() -> None:
    tokens = family()
    assert tokens.rotate(0, "c", NOW) == 1
    assert tokens.rotate(0, "c", NOW + GRACE) == 1
    with pytest.raises(RefreshTokenReused):
        tokens.rotate(0, "c", NOW + GRACE + timedelta(microseconds=1))
    with pytest.raises(InvalidGrant):
        tokens.rotate(1, "c", NOW + GRACE)


def test_a_family_ends_at_its_absolute_end() -> None:
    tokens = family()
    assert tokens.rotate(0, "c", NOW + LIFETIME - timedelta(seconds=1)) == 1
    with pytest.raises(InvalidGrant):
        tokens.rotate(1, "c", NOW + LIFETIME)


def test_another_client_changes_nothing() -> None:
    tokens = family()
    with pytest.raises(InvalidGrant):
        tokens.rotate(0, "d", NOW)
    assert (tokens.generation, tokens.revoked_at) == (0, None)


@given(st.lists(st.tuples(st.integers(-2, 1), st.integers(0, 20)), max_size=20))
def test_a_token_older_than_the_predecessor_always_ends_the_family(
    steps: list[tuple[int, int]],
) -> None:
    tokens, now = family(), NOW
    for back, seconds in steps:
        now += timedelta(seconds=seconds)
        generation = tokens.generation + back
        stale = back != 0 and not (back == -1 and now <= tokens.rotated_at + GRACE)
        if tokens.revoked_at is not None:
            with pytest.raises(InvalidGrant):
                tokens.rotate(generation, "c", now)
        elif stale:
            with pytest.raises(RefreshTokenReused):
                tokens.rotate(generation, "c", now)
            assert tokens.revoked_at == now
        else:
            assert tokens.rotate(generation, "c", now) == generation + 1 == tokens.generation
