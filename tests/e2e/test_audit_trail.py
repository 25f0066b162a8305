"""The audit trail of the running shop: each change by the staff or a machine is in it, once."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import pytest

from auth.domain.rights import OPERATOR_SCOPES, ROLE_SCOPES, Role
from native.authorization import Operation, applications, operations
from native.record import Record
from native.shop.operator import CLIENT
from native.shop.session import open_session
from tests.e2e.authorization_calls import STAFF
from tests.e2e.shop import Shop, eventually
from tests.e2e.staff_changes import (
    WITHOUT_ENTRY,
    Change,
    Staff,
    about_accounts,
    about_an_order,
    about_clients,
    about_keys,
    about_money,
    about_oneself,
    about_products,
    about_promotions,
    about_stock,
    about_webhooks,
    staff,
)

Entry = Mapping[str, Any]


def changes_by_staff() -> set[str]:
    """The operations that change something and that a member of the staff or a machine may call."""
    held = [*(ROLE_SCOPES[role] for role in STAFF), OPERATOR_SCOPES]
    every = [found for name, app in applications().items() for found in operations(name, app)]
    return {found.name for found in every if _changes(found, held)}


def _changes(found: Operation, held: Iterable[frozenset[str]]) -> bool:
    return found.method != "GET" and any(found.allows(scopes) for scopes in held)


def unrecorded(made: Iterable[Change], entries: Iterable[Entry]) -> list[str]:
    """The changes without exactly one entry that says what is known of them."""
    trail = [
        (entry["operation"], entry["actor"], entry["request_id"], entry["target"])
        for entry in entries
    ]
    named = [(change.operation, change.actor, change.request_id, change.target) for change in made]
    return [name[0] for name in named if trail.count(name) != 1]


@pytest.fixture(scope="module")
async def admin(shop: Shop) -> Shop:
    return await shop.sign_in("admin@souk.example")


@pytest.fixture(scope="module")
async def made(stack: Record, shop: Shop) -> AsyncIterator[list[Change]]:
    """One change of each kind."""
    async with open_session(stack) as session:
        headers = dict(await session.operator.headers())
    operator = Staff(Shop(shop.client, shop.mailbox_url, headers), CLIENT)
    warehouse, head = await staff(shop, Role.WAREHOUSE), await staff(shop, Role.ADMIN)
    support = await staff(shop, Role.SUPPORT)
    yield [
        *[change async for change in about_products(await staff(shop, Role.MERCHANDISER))],
        *[change async for change in about_promotions(await staff(shop, Role.MERCHANDISER))],
        *[change async for change in about_stock(warehouse)],
        *[change async for change in about_money(support)],
        *[change async for change in about_an_order(warehouse, support)],
        *[change async for change in about_accounts(operator)],
        *[change async for change in about_clients(head)],
        *[change async for change in about_webhooks(head)],
        *[change async for change in about_keys(head)],
        *[change async for change in about_oneself(warehouse)],
    ]


@pytest.fixture(scope="module")
async def trail(admin: Shop, made: list[Change]) -> list[Entry]:
    """The entries of the requests that made them, once the last has come."""
    ids = {change.request_id for change in made}

    async def look() -> list[Entry]:
        found: list[Entry] = []
        for change in made:
            path = f"/v1/audit-entries?operation={change.operation}"
            found += (await admin.call("GET", path)).json()["items"]
        return [entry for entry in found if entry["request_id"] in ids]

    return await eventually(look, lambda found: len(found) >= len(made))


def test_every_change_that_the_staff_can_make_was_made(made: list[Change]) -> None:
    assert {change.operation for change in made} == changes_by_staff() - WITHOUT_ENTRY.keys()
    assert WITHOUT_ENTRY.keys() <= changes_by_staff()


async def test_each_of_them_is_in_the_trail_once(made: list[Change], trail: list[Entry]) -> None:
    assert unrecorded(made, trail) == []


def test_an_entry_that_was_lost_or_doubled_is_seen(made: list[Change], trail: list[Entry]) -> None:
    assert unrecorded(made, trail[1:]) == [trail[0]["operation"]]
    assert unrecorded(made, [*trail, trail[0]]) == [trail[0]["operation"]]
    forged = [{**entry, "actor": "somebody else"} for entry in trail]
    assert len(unrecorded(made, forged)) == len(made)


async def test_the_admin_reads_who_refunded_what_and_where_it_came_to(
    shop: Shop, admin: Shop, made: list[Change]
) -> None:
    refund = next(change for change in made if change.operation == "refund_payment")
    path = f"/v1/audit-entries?operation=refund_payment&target={refund.target}"
    (entry,) = (await admin.call("GET", path)).json()["items"]
    assert (entry["actor"], entry["roles"], entry["service"]) == (
        refund.actor,
        ["support"],
        "payments",
    )
    assert (entry["client_id"], entry["on_behalf_of"]) == ("swagger-ui", None)
    outcome = (await admin.call("GET", entry["outcome"])).json()
    assert (outcome["kind"], outcome["stage"]) == ("refund", "done")
    person = (await admin.call("GET", f"/v1/users/{entry['actor']}")).json()
    assert person["email"] == "support@souk.example"


async def test_what_a_machine_does_for_a_customer_names_both(
    stack: Record, shop: Shop, admin: Shop
) -> None:
    async with open_session(stack) as session:
        operator = Shop(shop.client, "", dict(await session.operator.headers()))
        body = {"email": "trail@example.com", "name": "Tara Trail"}
        account = (await operator.call("POST", "/v1/users/imports", body)).json()["id"]
        acting = Shop(shop.client, "", dict(await session.operator.acting_for(account)))
        order = (await acting.order({"85123A": 1})).json()["id"]

    async def look() -> list[Entry]:
        found: list[Entry] = (await admin.call("GET", f"/v1/audit-entries?target={order}")).json()[
            "items"
        ]
        return found

    (entry,) = await eventually(look, bool)
    assert (entry["operation"], entry["actor"], entry["on_behalf_of"]) == (
        "place_order",
        CLIENT,
        account,
    )


async def test_what_a_customer_does_for_themselves_is_nobodys_business(
    customer: Shop, admin: Shop
) -> None:
    order = (await customer.order({"85123A": 1})).json()["id"]
    found = await admin.call("GET", f"/v1/audit-entries?target={order}")
    assert found.json()["items"] == []


async def test_a_change_that_was_refused_leaves_no_entry(support: Shop, admin: Shop) -> None:
    refused = await support.call("DELETE", "/v1/products/no-such-thing")
    assert refused.status_code == 403
    found = await admin.call("GET", "/v1/audit-entries?target=no-such-thing")
    assert found.json()["items"] == []
