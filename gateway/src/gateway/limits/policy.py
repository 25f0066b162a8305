"""The table of rate limits: what is asked (route class) × who asks (caller class).

The defaults are wide enough for a replay of the whole shop from one address, except where
passwords are tried. `SOUK_RATE_LIMITS` narrows any cell. Read by the limiters and the forwarder.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

ROUTE_CLASSES = ("read", "write", "token", "register", "sign_in")
CALLER_CLASSES = ("anonymous", "customer", "machine")

# Requests a minute.
_DEFAULTS: Mapping[str, tuple[int, int, int]] = {
    "read": (3_000_000, 1_200_000, 6_000_000),
    "write": (1_200_000, 600_000, 6_000_000),
    "token": (120_000, 120_000, 120_000),
    "register": (6_000, 6_000, 6_000),
    "sign_in": (120, 120, 120),
}
# Here a guess costs us a password hash and may cost somebody an account, so without a shared
# count nobody gets in.
_CLOSED_WITHOUT_REDIS = frozenset({"sign_in", "register"})
_POSTS = {"/oauth/sign-in": "sign_in", "/v1/users": "register", "/oauth/token": "token"}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LIMIT = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})")


@dataclass(frozen=True)
class Policy:
    """`quota` requests in each `window` seconds; `index` is its line in the limiters' tables."""

    index: int
    route_class: str
    caller_class: str
    quota: int
    window: int

    @cached_property
    def closed_without_redis(self) -> bool:
        """Whether nothing passes while the shared count is away."""
        return self.route_class in _CLOSED_WITHOUT_REDIS

    @cached_property
    def window_us(self) -> int:
        """The window in microseconds."""
        return self.window * 1_000_000

    @cached_property
    def interval_us(self) -> int:
        """Microseconds until one more request is allowed, at least 1."""
        return max(1, self.window_us // self.quota)

    @cached_property
    def key_prefix(self) -> str:
        """What the keys of this policy's counts begin with."""
        return f"gateway:limit:{self.route_class}:"

    @cached_property
    def field(self) -> bytes:
        """The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10)."""
        return b'"%b";q=%d;w=%d' % (self.route_class.encode(), self.quota, self.window)


class PolicyTable:
    """All policies; raises ValueError for settings that name no cell or are no limit."""

    def __init__(self, changes: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.policies: list[Policy] = []
        self._cells: dict[tuple[str, str], Policy] = {}
        given = _parse(changes or {})
        for route_class in ROUTE_CLASSES:
            for column, caller_class in enumerate(CALLER_CLASSES):
                default = (_DEFAULTS[route_class][column], 60)
                quota, window = given.get((route_class, caller_class), default)
                policy = Policy(len(self.policies), route_class, caller_class, quota, window)
                self.policies.append(policy)
                self._cells[route_class, caller_class] = policy

    def find(self, method: str, path: str, caller_class: str) -> Policy:
        """The policy for a request; `path` is decoded, as the service will see it."""
        if method in _SAFE_METHODS:
            return self._cells["read", caller_class]
        route_class = _POSTS.get(path.rstrip("/"), "write") if method == "POST" else "write"
        return self._cells[route_class, caller_class]


def _parse(changes: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    cells = {}
    for route_class, row in changes.items():
        for caller_class, text in row.items():
            match = _LIMIT.fullmatch(text)
            if route_class not in ROUTE_CLASSES or caller_class not in CALLER_CLASSES or not match:
                raise ValueError(f"no rate limit: {route_class}, {caller_class}: {text!r}")
            cells[route_class, caller_class] = (int(match[1]), int(match[2]))
    return cells
