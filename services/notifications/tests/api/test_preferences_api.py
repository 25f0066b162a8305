"""`/v1/notification-preferences`: one's own, as a merge patch, and what cannot be turned off."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.testing import TokenMint
from notifications.api.preference_schemas import KindsPatch
from notifications.domain.message import Template
from services.notifications.tests.fakes import Mailroom

PATH = "/v1/notification-preferences"
CASEY = UUID("01990000-0000-7000-8000-0000000000f1")


@pytest.fixture
def own(mint: TokenMint) -> dict[str, str]:
    return mint.headers(str(CASEY), {"profile"})


async def patch(client: httpx.AsyncClient, own: dict[str, str], body: Any) -> httpx.Response:
    return await client.patch(PATH, json=body, headers=own)


async def test_who_never_chose_sees_everything_on_and_what_is_always_sent(
    client: httpx.AsyncClient, own: dict[str, str]
) -> None:
    body = (await client.get(PATH, headers=own)).json()
    assert body["informational"] is True
    assert set(body["kinds"].values()) == {True}
    assert set(body["kinds"]) | set(body["always"]) == set(Template)
    assert "order_confirmed" in body["always"]


async def test_a_patch_changes_what_it_names_and_null_is_the_default(
    client: httpx.AsyncClient, own: dict[str, str], room: Mailroom
) -> None:
    await patch(client, own, {"kinds": {"order_packed": False, "order_shipped": False}})
    changed = await patch(client, own, {"informational": False, "kinds": {"order_packed": None}})
    assert changed.json()["informational"] is False
    assert room.preferences[CASEY].turned_off == {Template.ORDER_SHIPPED}
    reset = await patch(client, own, {"informational": None, "kinds": None})
    assert reset.json()["informational"] is True
    assert set(reset.json()["kinds"].values()) == {True}


async def test_what_the_contract_needs_cannot_be_turned_off_and_nothing_is_changed(
    client: httpx.AsyncClient, own: dict[str, str], room: Mailroom
) -> None:
    answer = await patch(client, own, {"kinds": {"order_packed": False, "order_confirmed": False}})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/mail-needed")
    assert answer.json()["kind"] == "order_confirmed"
    assert "the law" in answer.json()["detail"]
    assert room.preferences == {}


def test_every_kind_of_mail_has_its_member() -> None:
    assert KindsPatch.model_fields.keys() == set(Template)


async def test_a_stale_tag_is_refused_and_a_fresh_one_is_not(
    client: httpx.AsyncClient, own: dict[str, str]
) -> None:
    etag = (await client.get(PATH, headers=own)).headers["etag"]
    body = {"kinds": {"order_packed": False}}
    fresh = await client.patch(PATH, json=body, headers=own | {"If-Match": etag})
    stale = await client.patch(PATH, json=body, headers=own | {"If-Match": etag})
    assert (fresh.status_code, stale.status_code) == (200, 412)
    assert stale.json()["type"] == "/problems/preferences-changed"


@pytest.mark.parametrize(
    "body", [{"kinds": {"spam": False}}, {"kinds": {"order_packed": "no"}}, {"marketing": True}]
)
async def test_what_is_no_choice_is_a_validation_problem(
    client: httpx.AsyncClient, own: dict[str, str], body: Any
) -> None:
    assert (await patch(client, own, body)).status_code == 422


async def test_a_guest_and_a_machine_have_no_preferences(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    assert (await client.get(PATH)).status_code == 401
    assert (await client.get(PATH, headers={"Cart-Token": "A" * 43})).status_code == 401
    machine = await client.get(PATH, headers=mint.headers("some-machine", {"profile"}))
    assert machine.status_code == 401
    assert (await client.get(PATH, headers=mint.headers(scopes={"openid"}))).status_code == 403
