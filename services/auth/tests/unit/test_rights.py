"""The table of roles and scopes, judged by a list written by hand."""

import pytest

from auth.domain.rights import (
    EXCHANGE_SCOPES,
    OPERATOR_SCOPES,
    ROLE_SCOPES,
    SCOPES,
    Role,
    scopes_of,
)

FORBIDDEN = [
    (Role.CUSTOMER, "orders:read_all"),
    (Role.CUSTOMER, "messages:read_all"),
    (Role.CUSTOMER, "users:read"),
    (Role.SUPPORT, "catalog:write"),
    (Role.SUPPORT, "stock:write"),
    (Role.SUPPORT, "users:write"),
    (Role.MERCHANDISER, "orders:read"),
    (Role.MERCHANDISER, "payments:write"),
    (Role.WAREHOUSE, "orders:write"),
    (Role.WAREHOUSE, "webhooks:write"),
    (Role.SUPPORT, "webhooks:write"),
    (Role.WAREHOUSE, "orders:refund"),
    (Role.SUPPORT, "orders:fulfil"),
    (Role.CUSTOMER, "orders:return_all"),
    (Role.WAREHOUSE, "catalog:write"),
    (Role.SUPPORT, "audit:read"),
    (Role.SUPPORT, "clients:write"),
    (Role.SUPPORT, "keys:write"),
]
ADMIN_ALONE = (
    *("users:write", "users:import", "clients:write"),
    *("keys:write", "audit:read", "console:read"),
)
EVERYBODY = {"openid", "email", "profile", "account:write"}


@pytest.mark.parametrize(("role", "scope"), FORBIDDEN)
def test_a_role_lacks_what_is_not_its_business(role: Role, scope: str) -> None:
    assert scope in SCOPES
    assert scope not in ROLE_SCOPES[role]


def test_what_could_give_rights_away_is_the_admins_alone() -> None:
    for scope in ADMIN_ALONE:
        assert [role for role in Role if scope in ROLE_SCOPES[role]] == [Role.ADMIN]


def test_every_role_has_a_row_of_known_scopes() -> None:
    assert ROLE_SCOPES.keys() == set(Role)
    assert scopes_of(Role) <= SCOPES.keys()
    assert SCOPES.keys() >= OPERATOR_SCOPES


def test_several_roles_add_up_and_none_give_nothing() -> None:
    both = scopes_of([Role.MERCHANDISER, Role.WAREHOUSE])
    fulfilment = {"stock:read", "stock:write", "orders:read_all", "orders:fulfil"}
    assert both == EVERYBODY | {"catalog:write", "promotions:write", "webhooks:write"} | fulfilment
    assert scopes_of([]) == frozenset()


def test_token_exchange_reaches_no_further_than_a_customer() -> None:
    assert ROLE_SCOPES[Role.CUSTOMER] > EXCHANGE_SCOPES
    assert not EXCHANGE_SCOPES & OPERATOR_SCOPES
