"""Who may do what: the one table that turns roles into scopes.

Services check scopes only; roles travel as a claim, for display and for the audit trail. The
sign-in flow, the refresh and the seeding read this file; docs/authorization.md is made from it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is to the shop. Nobody can give a role to themselves."""

    CUSTOMER = "customer"
    SUPPORT = "support"
    MERCHANDISER = "merchandiser"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"


_EVERYBODY = frozenset(Role)
_BUYERS = frozenset({Role.CUSTOMER, Role.SUPPORT, Role.ADMIN})
_SUPPORT = frozenset({Role.SUPPORT, Role.ADMIN})
_MERCHANDISER = frozenset({Role.MERCHANDISER, Role.ADMIN})
_WAREHOUSE = frozenset({Role.WAREHOUSE, Role.ADMIN})
_SHIPPING = _SUPPORT | _WAREHOUSE
_ADMIN = frozenset({Role.ADMIN})

# fmt: off
_TABLE: tuple[tuple[str, str, frozenset[Role]], ...] = (
    # scope               what it lets a client do                                  who has it
    ("openid",            "Know who you are",                                       _EVERYBODY),
    ("email",             "Know your e-mail address",                               _EVERYBODY),
    ("profile",           "Read and change your own profile",                       _EVERYBODY),
    ("account:write",     "Change your password, second factor and sessions",       _EVERYBODY),
    ("orders:read",       "Read your own orders",                                   _BUYERS),
    ("orders:write",      "Fill carts and place or cancel your own orders",         _BUYERS),
    ("messages:read",     "Read the messages sent to you",                          _BUYERS),
    ("orders:read_all",   "Read everybody's orders",                                _SHIPPING),
    ("orders:cancel_all", "Cancel anybody's order",                                 _SUPPORT),
    ("orders:fulfil",     "Pack, ship and deliver orders and take returns in",      _WAREHOUSE),
    ("orders:return_all", "Ask for, take in or refuse anybody's return",            _SUPPORT),
    ("orders:refund",     "Give money back for anybody's order",                    _SUPPORT),
    ("messages:read_all", "Read every message the shop has sent",                   _SUPPORT),
    ("payments:read",     "Read payments and the ledger",                           _SUPPORT),
    ("payments:write",    "Capture, refund and void payments",                      _SUPPORT),
    ("users:read",        "Read anybody's account",                                 _SUPPORT),
    ("catalog:write",     "Create, change and withdraw products",                   _MERCHANDISER),
    ("webhooks:write",    "Register webhooks, and send what they missed again",     _MERCHANDISER),
    ("promotions:write",  "Read, make, change and end promotions",                  _MERCHANDISER),
    ("stock:read",        "Read stock and its movements",                           _WAREHOUSE),
    ("stock:write",       "Adjust stock",                                           _WAREHOUSE),
    ("users:write",       "Change anybody's account",                               _ADMIN),
    ("users:import",      "Open accounts for customers of another system",          _ADMIN),
    ("clients:write",     "Register and change the clients that may ask for tokens", _ADMIN),
    ("keys:write",        "Rotate the keys that sign tokens",                       _ADMIN),
    ("audit:read",        "Read what the staff and machines have changed",          _ADMIN),
    ("console:read",      "See processes, errors and the traces of orders",         _ADMIN),
)
# fmt: on

SCOPES: Mapping[str, str] = {scope: meaning for scope, meaning, _ in _TABLE}

ROLE_SCOPES: Mapping[Role, frozenset[str]] = {
    role: frozenset(scope for scope, _, roles in _TABLE if role in roles) for role in Role
}

# What only tells a client who somebody is (OpenID Connect); given to those alone who ask for it.
OPENID, EMAIL = "openid", "email"
IDENTITY_SCOPES = frozenset({OPENID, EMAIL})

# The machine client of `./souk import` and `./souk replay`.
OPERATOR_SCOPES = frozenset(
    {"catalog:write", "stock:read", "stock:write", "orders:read_all"}
    | {"orders:fulfil", "orders:return_all", "orders:refund"}
    | {"messages:read_all", "users:import"}
)

# All that a token got by token exchange can ever do.
EXCHANGE_SCOPES = frozenset({"orders:read", "orders:write"})


def scopes_of(roles: Iterable[Role]) -> frozenset[str]:
    """Returns every scope that somebody with these roles may have."""
    return frozenset[str]().union(*(ROLE_SCOPES[role] for role in roles))
