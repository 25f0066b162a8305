"""The table of limits, the count in process, and the fields that tell a client."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits.limiter import Limiter, limit_fields
from gateway.limits.local_limiter import MOST_KEYS, LocalLimiter
from gateway.limits.policy import CALLER_CLASSES, Policy, PolicyTable
from gateway.limits.redis_limiter import Counted, RedisLimiter

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

    def ask(self, policy: Policy, key: str, counted: Counted) -> None:
        raise AssertionError


class Failing:
    """A shared count that gives no answer."""

    up = True

    def ask(self, policy: Policy, key: str, counted: Counted) -> None:
        counted(None)


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
        ("POST", "/oauth/sign-in/second-step", "sign_in"),
        ("GET", "/oauth/sign-in", "read"),
        ("POST", "/oauth/token", "token"),
        ("POST", "/oauth/revoke", "token"),
        ("POST", "/oauth/introspect", "token"),
        ("POST", "/account/forgotten-password", "mail"),
        ("POST", "/account/verification-mail", "mail"),
        ("GET", "/account/password-reset", "sign_in"),
        ("POST", "/account/password-reset", "sign_in"),
        ("GET", "/account/email-verification", "sign_in"),
        ("POST", "/account/password", "sign_in"),
        ("POST", "/account/second-factor/recovery-codes", "sign_in"),
        ("GET", "/account", "read"),
        ("PATCH", "/v1/users/me", "write"),
        ("POST", "/v1/users/me/password", "sign_in"),
        ("POST", "/v1/users/imports", "write"),
        ("POST", "/accounts", "write"),
    ],
)
def test_each_request_has_its_class(method: str, path: str, route_class: str) -> None:
    assert PolicyTable().find(method, path, "anonymous").route_class == route_class


def test_settings_change_single_cells() -> None:
    table = PolicyTable({"read": {"anonymous": "7/30"}})
    changed, other = table.find("GET", "/", "anonymous"), table.find("GET", "/", "customer")
    assert (changed.quota, changed.window) == (7, 30)
    assert other.quota > 1000


@pytest.mark.parametrize("caller_class", CALLER_CLASSES)
def test_what_can_be_guessed_is_tight_for_everybody(caller_class: str) -> None:
    table = PolicyTable()
    for path, most in (
        ("/oauth/sign-in", 30),
        ("/v1/users", 10),
        ("/account/forgotten-password", 10),
        ("/oauth/token", 120),
    ):
        policy = table.find("POST", path, caller_class)
        assert (policy.quota <= most, policy.window, policy.by_address) == (True, 60, True)


@pytest.mark.parametrize(
    "changes", [{"read": {"anonymous": "0/60"}}, {"read": {"x": "1/1"}}, {"x": {"machine": "1/1"}}]
)
def test_settings_that_are_no_limits_are_refused(changes: dict[str, dict[str, str]]) -> None:
    with pytest.raises(ValueError, match="no rate limit"):
        PolicyTable(changes)


@pytest.mark.parametrize("shared", [Away(), Failing()])
def test_without_the_shared_count_passwords_are_not_tried(shared: Any) -> None:
    limiter = Limiter(shared, shared, LocalLimiter())
    table = PolicyTable()
    filled: list[int | None] = []
    for method, path in (("GET", "/"), ("POST", "/oauth/token")):
        policy = table.find(method, path, "anonymous")
        limiter.ask(policy, "k", filled.append)
        assert limiter.alone(policy, "k")
    for path in ("/oauth/sign-in", "/v1/users"):
        policy = table.find("POST", path, "anonymous")
        limiter.ask(policy, "k", filled.append)
        assert limiter.alone(policy, "k") is None
    assert filled == [None] * 4


class Counting:
    """A shared count that has room for everybody."""

    up = True

    def ask(self, policy: Policy, key: str, counted: Counted) -> None:
        counted(1)


def test_who_is_turned_away_uncounted_asks_the_count_that_waits_longer() -> None:
    limiter = Limiter(cast(RedisLimiter, Away()), cast(RedisLimiter, Counting()), LocalLimiter())
    table = PolicyTable()
    filled: list[int | None] = []
    for path in ("/v1/carts", "/oauth/sign-in", "/account/forgotten-password"):
        limiter.ask(table.find("POST", path, "anonymous"), "k", filled.append)
    assert filled == [None, 1, 1]
