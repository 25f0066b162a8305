"""The table of limits, the count in process, and the fields that tell a client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits.limiter import Limiter, limit_fields
from gateway.limits.local_limiter import MOST_KEYS, LocalLimiter
from gateway.limits.policy import Policy, PolicyTable
from gateway.limits.redis_limiter import LimiterAway

TEN = Policy(0, "read", "anonymous", 10, 60)


class Clock:
    """Microseconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


class Away:
    """A shared count that cannot be reached."""

    up = False

    def take(self, policy: Policy, key: str) -> None:
        raise AssertionError


@given(st.lists(st.integers(0, 10_000_000), max_size=60), st.integers(1, 20), st.integers(1, 60))
def test_no_window_holds_more_than_twice_its_quota(
    pauses: list[int], quota: int, window: int
) -> None:
    """GCRA lets a full burst pass and then refills evenly: quota + window / interval at most."""
    policy = Policy(0, "read", "anonymous", quota, window)
    clock = Clock()
    limiter = LocalLimiter(clock)
    passed: list[int] = []
    for pause in pauses:
        clock.now += pause
        if limiter.take(policy, "k") >= 0:
            passed.append(clock.now)
    for start in passed:
        within = [at for at in passed if start <= at < start + policy.window_us]
        assert len(within) <= 2 * quota + 1


@given(st.integers(1, 1000), st.integers(1, 3600))
def test_a_fresh_client_gets_its_whole_quota_at_once(quota: int, window: int) -> None:
    policy = Policy(0, "read", "anonymous", quota, window)
    limiter = LocalLimiter(Clock())
    assert all(limiter.take(policy, "k") >= 0 for _ in range(quota))


def test_a_refused_request_costs_nothing_and_says_how_long_to_wait() -> None:
    clock = Clock()
    limiter = LocalLimiter(clock)
    for _ in range(10):
        limiter.take(TEN, "k")
    waits = {limiter.take(TEN, "k") for _ in range(5)}
    assert waits == {-6_000_000}
    clock.now += 6_000_000
    assert limiter.take(TEN, "k") >= 0


def test_clients_do_not_share_a_quota() -> None:
    limiter = LocalLimiter(Clock())
    assert limiter.take(TEN, "a") == limiter.take(TEN, "b") == 6_000_000


def test_the_memory_of_clients_is_bounded() -> None:
    clock = Clock()
    limiter = LocalLimiter(clock)
    for number in range(MOST_KEYS + 10):
        limiter.take(TEN, str(number))
    assert len(limiter._arrivals) <= MOST_KEYS


def test_the_fields_follow_the_draft() -> None:
    assert limit_fields(TEN, 6_000_000) == [
        (b"ratelimit-policy", b'"read";q=10;w=60'),
        (b"ratelimit", b'"read";r=9;t=6'),
    ]
    assert limit_fields(TEN, -1) == [
        (b"ratelimit-policy", b'"read";q=10;w=60'),
        (b"ratelimit", b'"read";r=0;t=1'),
        (b"retry-after", b"1"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "route_class"),
    [
        ("GET", "/v1/products", "read"),
        ("HEAD", "/oauth/sign-in", "read"),
        ("POST", "/v1/carts", "write"),
        ("DELETE", "/v1/users", "write"),
        ("POST", "/v1/users", "register"),
        ("POST", "/v1/users/", "register"),
        ("POST", "/oauth/sign-in", "sign_in"),
        ("POST", "/oauth/token", "token"),
    ],
)
def test_each_request_has_its_class(method: str, path: str, route_class: str) -> None:
    assert PolicyTable().find(method, path, "anonymous").route_class == route_class


def test_settings_change_single_cells() -> None:
    table = PolicyTable({"read": {"anonymous": "7/30"}})
    changed, other = table.find("GET", "/", "anonymous"), table.find("GET", "/", "customer")
    assert (changed.quota, changed.window) == (7, 30)
    assert other.quota > 1000


@pytest.mark.parametrize(
    "changes", [{"read": {"anonymous": "0/60"}}, {"read": {"x": "1/1"}}, {"x": {"machine": "1/1"}}]
)
def test_settings_that_are_no_limits_are_refused(changes: dict[str, dict[str, str]]) -> None:
    with pytest.raises(ValueError, match="no rate limit"):
        PolicyTable(changes)


async def test_without_the_shared_count_passwords_are_not_tried() -> None:
    limiter = Limiter(Away(), LocalLimiter())  # type: ignore[arg-type]
    table = PolicyTable()
    assert await limiter.take(table.find("GET", "/", "anonymous"), "k") > 0
    assert await limiter.take(table.find("POST", "/oauth/token", "anonymous"), "k") > 0
    for path in ("/oauth/sign-in", "/v1/users"):
        with pytest.raises(LimiterAway):
            await limiter.take(table.find("POST", path, "anonymous"), "k")
