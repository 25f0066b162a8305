"""Who may do what: the one table that turns roles into scopes.

Services check scopes only; roles travel as a claim for display. The sign-in flow, the refresh
and the seeding read this file, and so should you.
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


SCOPES: Mapping[str, str] = {
    "profile": "Read and change your own profile",
    "orders:read": "Read your own orders",
    "orders:write": "Fill carts and place or cancel your own orders",
    "orders:read_all": "Read everybody's orders",
    "orders:cancel_all": "Cancel anybody's order",
    "messages:read": "Read the messages sent to you",
    "messages:read_all": "Read every message the shop has sent",
    "payments:read": "Read payments and the ledger",
    "payments:write": "Capture, refund and void payments",
    "catalog:write": "Create, change and withdraw products",
    "stock:read": "Read stock and its movements",
    "stock:write": "Adjust stock",
    "users:read": "Read anybody's account",
    "users:write": "Change anybody's account",
    "users:import": "Create accounts without a password for customers from elsewhere",
}

_CUSTOMER = frozenset({"profile", "orders:read", "orders:write", "messages:read"})

ROLE_SCOPES: Mapping[Role, frozenset[str]] = {
    Role.CUSTOMER: _CUSTOMER,
    Role.SUPPORT: _CUSTOMER
    | {"orders:read_all", "orders:cancel_all", "messages:read_all"}
    | {"payments:read", "payments:write", "users:read"},
    Role.MERCHANDISER: frozenset({"profile", "catalog:write"}),
    Role.WAREHOUSE: frozenset({"profile", "stock:read", "stock:write"}),
    Role.ADMIN: frozenset(SCOPES),
}

# The machine client of `./souk import` and `./souk replay`.
OPERATOR_SCOPES = frozenset(
    {"catalog:write", "stock:read", "stock:write", "orders:read_all"}
    | {"messages:read_all", "users:import"}
)

# All that a token got by token exchange can ever do.
EXCHANGE_SCOPES = frozenset({"orders:read", "orders:write"})


def scopes_of(roles: Iterable[Role]) -> frozenset[str]:
    """Returns every scope that somebody with these roles may have."""
    return frozenset[str]().union(*(ROLE_SCOPES[role] for role in roles))
