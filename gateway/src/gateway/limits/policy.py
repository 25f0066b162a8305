"""The table of rate limits: what is asked (route class) × who asks (caller class).

The defaults are for strangers from the internet. `SOUK_RATE_LIMITS` changes any cell; `./souk up`
widens them, since all its callers share one address. Read by the limiters and the forwarder.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

CALLER_CLASSES = ("anonymous", "customer", "machine")

# Requests a minute. A refresh token is worth one request in five minutes to each customer, so
# the address of an office of 500 people may send 120; nobody types 30 passwords a minute.
_DEFAULTS: Mapping[str, tuple[int, int, int]] = {
    "read": (3_000, 6_000, 600_000),
    "write": (600, 1_200, 600_000),
    "token": (120, 120, 120),
    "sign_in": (30, 30, 30),
    "register": (10, 10, 10),
    "mail": (10, 10, 10),
}
ROUTE_CLASSES = tuple(_DEFAULTS)
# The first line that fits decides. What is not here reads or writes, by its method.
_ROUTES = (
    # A password, a code or a link of ours is tried.
    ("sign_in", "POST", r"/oauth/sign-in(/.*)?"),
    ("sign_in", "GET|POST", r"/account/(password-reset|email-verification)(/.*)?"),
    # It lets us send mail, to whomever the caller names.
    ("mail", "POST", r"/account/(forgotten-password|verification-mail)"),
    ("register", "POST", r"/v1/users|/(account|oauth)/regist(er|ration)"),
    # Whatever else may be changed there asks for the password once more.
    ("sign_in", "POST|PUT|PATCH|DELETE", r"/account(/.*)?|/v1/users/me/.+"),
    ("token", "POST", r"/oauth/(token|introspect(ion)?|revoke|revocation)"),
)
_LISTED = tuple(
    (route_class, frozenset(methods.split("|")), re.compile(path))
    for route_class, methods, path in _ROUTES
)
# What every path of the list begins with, so that most requests are not compared with it.
_LISTED_PREFIXES = ("/account", "/oauth/", "/v1/users")
# Here a guess costs us a password hash and may cost somebody an account, so without a shared
# count nobody gets in.
_CLOSED_WITHOUT_REDIS = frozenset({"sign_in", "register", "mail"})
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
    def by_address(self) -> bool:
        """Whether the address counts whatever the token, for a guesser may have many accounts."""
        return self.route_class not in ("read", "write")

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
    def left(self) -> bytes:
        """What the value of `RateLimit` begins with."""
        return b'"%b"' % self.route_class.encode()

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
        route_class = "read" if method in _SAFE_METHODS else "write"
        if path.startswith(_LISTED_PREFIXES):
            route_class = _listed(method, path.rstrip("/")) or route_class
        return self._cells[route_class, caller_class]


def _listed(method: str, path: str) -> str | None:
    for route_class, methods, pattern in _LISTED:
        if method in methods and pattern.fullmatch(path):
            return route_class
    return None


def _parse(changes: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    cells = {}
    for route_class, row in changes.items():
        for caller_class, text in row.items():
            match = _LIMIT.fullmatch(text)
            if route_class not in ROUTE_CLASSES or caller_class not in CALLER_CLASSES or not match:
                raise ValueError(f"no rate limit: {route_class}, {caller_class}: {text!r}")
            cells[route_class, caller_class] = (int(match[1]), int(match[2]))
    return cells
