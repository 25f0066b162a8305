"""Every route of every service says who may call it, and docs/authorization.md says the same.

The applications are those that run; a route cannot be hidden from this by leaving it out of
OpenAPI. `tests/e2e/test_authorization_matrix.py` then calls each of them.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI

from auth.domain.rights import ROLE_SCOPES, SCOPES, Role
from chassis.openapi import refine
from chassis.security import PUBLIC as ANYBODY
from chassis.security import Caller, requires
from gateway.bootstrap import build
from gateway.settings import GatewaySettings
from native.authorization import Operation, applications, console, operations, routes, unlisted
from native.authorization_page import PAGE, page
from native.options import SERVICES
from tests.e2e.authorization_by_hand import (
    CALLBACKS,
    CONSOLE,
    CONSOLE_INTAKE,
    CONSOLE_PAGES,
    FORBIDDEN,
    GATEWAY,
    OPERATIONAL,
    OWNED,
    PAGES,
    PUBLIC,
    SILENT,
)

APPLICATIONS = applications()
OPERATIONS = {name: operations(name, app) for name, app in APPLICATIONS.items()}
OF_CONSOLE = operations("console", console())
ALL = {found.name: found for every in OPERATIONS.values() for found in every}


def unstated(found: Iterable[Operation]) -> list[str]:
    return [operation.name for operation in found if not operation.is_stated]


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_who_may_call_it(service: str) -> None:
    assert OPERATIONS[service]
    assert unstated(OPERATIONS[service]) == []


def test_a_route_that_forgot_its_requirement_is_seen() -> None:
    router = APIRouter()

    @router.get("/good", operation_id="good")
    async def good(caller: Annotated[Caller, requires("stock:read")]) -> None: ...

    @router.get("/open", operation_id="open", openapi_extra=ANYBODY)
    async def open_to_all() -> None: ...

    @router.get("/bad", operation_id="bad")
    async def bad() -> None: ...

    @router.get("/hidden", include_in_schema=False)
    async def hidden() -> None: ...

    app = FastAPI(openapi_url=None)
    app.include_router(router)
    refine(app.openapi())
    found = operations("sample", app)
    assert unstated(found) == ["bad"]
    assert ("GET", "/hidden") in unlisted(app, found)


def test_what_is_public_is_on_the_list_that_was_written_by_hand() -> None:
    assert {name for name, operation in ALL.items() if operation.public} == PUBLIC


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_outside_openapi_is_on_the_list_too(service: str) -> None:
    others = set(unlisted(APPLICATIONS[service], OPERATIONS[service]))
    known = set(PAGES) if service == "auth" else set(CALLBACKS.get(service, ()))
    assert others - OPERATIONAL == known


def test_the_gateways_own_routes_are_on_the_list() -> None:
    own = routes(build(GatewaySettings(environment="test")).pages)
    assert own - OPERATIONAL == GATEWAY


def test_the_console_says_that_it_is_for_the_admin_alone() -> None:
    assert {operation.name for operation in OF_CONSOLE} == CONSOLE
    holders = {
        role for role in Role for found in OF_CONSOLE if found.allows(ROLE_SCOPES[Role(role)])
    }
    assert holders == {Role.ADMIN}
    assert unstated(OF_CONSOLE) == []


def test_every_other_route_of_the_console_is_on_the_list() -> None:
    others = set(unlisted(console(), OF_CONSOLE)) - OPERATIONAL
    assert others == CONSOLE_PAGES | {CONSOLE_INTAKE}


def test_every_scope_that_a_route_asks_for_is_in_the_table() -> None:
    asked = {scope for found in ALL.values() for way in found.alternatives for scope in way}
    assert asked <= SCOPES.keys()


@pytest.mark.parametrize(("role", "name"), [pair for pair in FORBIDDEN if pair[0] != "machine"])
def test_the_table_gives_no_role_what_is_forbidden_to_it(role: str, name: str) -> None:
    assert not ALL[name].allows(ROLE_SCOPES[Role(role)])
    assert not ALL[name].public


def judged_by_the_table_alone(forbidden: Iterable[tuple[str, str]]) -> set[str]:
    """The operations of staff and machines that no pair written by hand forbids to customers."""
    mine = ROLE_SCOPES[Role.CUSTOMER]
    theirs = {name for name, found in ALL.items() if not (found.public or found.allows(mine))}
    return theirs - {name for who, name in forbidden if who == "customer"}


def test_whatever_is_not_for_customers_is_forbidden_to_them_by_hand() -> None:
    assert judged_by_the_table_alone(FORBIDDEN) == set()


def test_an_operation_that_is_judged_by_the_table_alone_is_seen() -> None:
    fewer = [pair for pair in FORBIDDEN if pair[1] != "refund_payment"]
    assert judged_by_the_table_alone(fewer) == {"refund_payment"}


def test_a_scope_too_many_in_the_table_is_seen() -> None:
    generous = ROLE_SCOPES[Role.CUSTOMER] | {"payments:write"}
    assert ALL["refund_payment"].allows(generous)
    assert ("customer", "refund_payment") in FORBIDDEN


def naming_an_id(found: Iterable[Operation]) -> set[str]:
    """The operations that a customer may call about something that is not for everybody."""
    mine = ROLE_SCOPES[Role.CUSTOMER]
    return {one.name for one in found if "{" in one.path and not one.public and one.allows(mine)}


def test_every_id_that_a_customer_may_name_has_an_owner() -> None:
    """Else the matrix would take it for right that a stranger reads what it leads to."""
    assert naming_an_id(ALL.values()) - OWNED.keys() == SILENT


def test_an_operation_about_an_id_that_nobody_owns_is_seen() -> None:
    new = replace(ALL["read_order"], name="read_invoice", path="/v1/invoices/{invoice_id}")
    assert naming_an_id([new]) == {"read_invoice"}
    assert naming_an_id([ALL["list_orders"], ALL["get_product"], ALL["read_user"]]) == set()


def test_the_page_about_authorization_is_current() -> None:
    assert PAGE.read_text() == page(), "run ./souk docs authorization"
