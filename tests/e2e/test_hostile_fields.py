"""Every field of every body and every query parameter, spoiled: refused, or taken for plain text.

Privileged fields that nobody may set (mass assignment), operators of MongoDB, SQL, and addresses
that a careless server would fetch. Nothing of it may end in a 5xx or change what it should not.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from auth.domain.rights import ROLE_SCOPES, Role
from native.authorization import Operation, applications, operations
from tests.e2e.authorization_calls import UNKNOWN
from tests.e2e.hostile_fields import (
    CALLED,
    MAY_BE_SAID,
    OPERATORS,
    PRIVILEGED,
    SQL,
    Body,
    bodies,
    changed,
    leaves,
    objects,
)
from tests.e2e.order_steps import delivered, did, seen
from tests.e2e.shop import ADDRESS, PASSWORD, SKU, Shop

BODIES = bodies()
# What came of a spoiled body and would stay.
ENDED = ("register_client", "create_webhook", "create_promotion")
LISTS = [
    (found, parameter["name"])
    for name, app in applications().items()
    for found in operations(name, app)
    if found.method == "GET"
    for parameter in app.openapi()["paths"][found.path]["get"].get("parameters", [])
    if parameter["in"] == "query"
]


@pytest.fixture(scope="module")
async def canary() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An address that only a server that fetches what it is told would call."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/canary", heard


@pytest.fixture(scope="module")
async def mallory(shop: Shop) -> Shop:
    """A customer of their own, whose account may come to harm."""
    email = f"mallory-{secrets.token_hex(6)}@example.com"
    body = {"email": email, "password": PASSWORD, "name": "Mallory"}
    assert (await shop.call("POST", "/v1/users", body)).status_code == 201
    return await shop.sign_in(email)


@pytest.fixture(scope="module")
async def admin(shop: Shop) -> AsyncIterator[Shop]:
    """The admin, who withdraws in the end what came into the catalogue."""
    admin = await shop.sign_in("admin@souk.example")
    yield admin
    newest = (await admin.call("GET", "/v1/products?sort=newest&limit=100")).json()["items"]
    for product in newest:
        if product["code"].startswith("97"):
            await admin.call("DELETE", f"/v1/products/{product['slug']}")


@pytest.fixture(scope="module")
async def things(mallory: Shop, admin: Shop) -> AsyncIterator[Mapping[str, str]]:
    """What the bodies are about, so that a text comes as far as the store; the rest is unknown."""
    made = {
        "client_id": await _made(admin, "register_client", "clients"),
        "webhook_id": await _made(admin, "create_webhook", "webhooks"),
        "promotion_id": await _made(admin, "create_promotion", "promotions"),
        "slug": await _made(admin, "create_product", "products"),
    }
    yield {**made, "cart_id": (await mallory.cart({SKU: 1}))[0].rpartition("/")[2]}
    for path, name in (("clients", "client"), ("webhooks", "webhook"), ("promotions", "promotion")):
        await admin.call("DELETE", f"/v1/{path}/{made[name + '_id']}")


@pytest.fixture
def send(mallory: Shop, admin: Shop, things: Mapping[str, str]) -> Any:
    """Sends a body as Mallory where a customer may, else as the admin."""

    async def post(body: Body, content: Any) -> httpx.Response:
        operation = body.operation
        known = {"sku": SKU, **things}
        path = re.sub(r"{(\w+)}", lambda found: known.get(found[1], UNKNOWN), operation.path)
        caller = mallory if operation.allows(ROLE_SCOPES[Role.CUSTOMER]) else admin
        headers = {
            **caller.headers,
            "Content-Type": body.media_type,
            "If-Match": "*",
            "Idempotency-Key": secrets.token_hex(8),
        }
        if operation.name == "merge_cart":
            headers["Cart-Token"] = secrets.token_urlsafe(32)
        content = httpx.Request("POST", "/", json=content).content
        return await caller.client.request(
            operation.method, path, content=content, headers=headers, timeout=20
        )

    return post


async def _made(admin: Shop, operation: str, path: str) -> str:
    """Makes something with the body as it is; the last part of its address."""
    body = next(body for body in BODIES if body.operation.name == operation)
    key = secrets.token_hex(8)
    answer = await admin.call("POST", f"/v1/{path}", body.fresh(), Idempotency_Key=key)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


def named(body: Body) -> str:
    return body.operation.name


@pytest.mark.parametrize("body", BODIES, ids=named)
async def test_a_field_that_nobody_may_set_is_refused_by_name(send: Any, body: Body) -> None:
    example = body.fresh()
    for way in objects(example):
        for field, value in PRIVILEGED.items():
            if (body.operation.name, field) in MAY_BE_SAID:
                continue
            place = (*way, field)
            answer = await send(body, changed(example, place, value))
            assert answer.status_code == 422, (place, answer.text)
            pointers = {error["pointer"] for error in answer.json()["errors"]}
            assert "#/" + "/".join(map(str, place)) in pointers


@pytest.mark.parametrize("body", BODIES, ids=named)
async def test_an_operator_of_mongodb_is_no_text(send: Any, body: Body) -> None:
    example = body.fresh()
    for way in leaves(example):
        for operator in OPERATORS:
            answer = await send(body, changed(example, way, operator))
            assert answer.status_code == 422, (way, answer.text)
            assert answer.json()["type"] == "/problems/validation-error"


@pytest.mark.parametrize("body", BODIES, ids=named)
async def test_sql_and_addresses_in_a_text_are_only_text(
    send: Any, admin: Shop, canary: tuple[str, list[bytes]], body: Body
) -> None:
    address, heard = canary
    for way in leaves(body.fresh()):
        called = (body.operation.name, way[-1]) in CALLED
        for text in (*SQL, *(() if called else (address,)), address.replace("http:", "file:")):
            answer = await send(body, changed(body.fresh(), way, text))
            assert answer.status_code < 500, (way, text, answer.text)
            if body.operation.name in ENDED and answer.is_success:
                await admin.call("DELETE", answer.headers["location"])
    assert heard == []


@pytest.mark.parametrize(("operation", "name"), LISTS, ids=str)
async def test_a_query_parameter_is_never_a_filter_of_its_own(
    admin: Shop, operation: Operation, name: str
) -> None:
    path = operation.path.replace("{sku}", SKU)
    for text in (*SQL, '{"$gt": ""}', "[$ne]"):
        answer = await admin.client.get(path, params={name: text}, headers=admin.headers)
        assert answer.status_code in (200, 400, 404, 422), (text, answer.text)
        # A search for words finds the products with these words.
        if answer.status_code == 200 and name != "q":
            assert answer.json()["items"] == [], (text, answer.text)
    spoiled = await admin.client.get(path, params={f"{name}[$ne]": "x"}, headers=admin.headers)
    assert spoiled.status_code in (200, 400, 422), spoiled.text


async def test_what_looked_like_sql_is_kept_as_it_was_written(shop: Shop) -> None:
    name, email = SQL[1], f"bobby-{secrets.token_hex(6)}@example.com"
    reference = f"{SQL[0]} {secrets.token_hex(6)}"
    body = {"email": email, "password": PASSWORD, "name": name}
    assert (await shop.call("POST", "/v1/users", body)).json()["name"] == name
    bobby = await shop.sign_in(email)
    assert (await bobby.call("GET", "/v1/users/me")).json()["name"] == name
    placed = await bobby.order({SKU: 1}, reference=reference)
    assert placed.json()["reference"] == reference
    found = await bobby.client.get(
        "/v1/orders", params={"reference": reference}, headers=bobby.headers
    )
    assert [order["id"] for order in found.json()["items"]] == [placed.json()["id"]]


async def test_what_looked_like_sql_goes_with_an_order_to_its_end(
    customer: Shop, warehouse: Shop, support: Shop
) -> None:
    address = {**ADDRESS, "street": SQL[0]}
    placed = await customer.order({SKU: 2}, wait=1, shipping_address=address)
    assert placed.status_code == 201, placed.text
    order_id = placed.json()["id"]
    await delivered(customer, warehouse, order_id, {"carrier": SQL[0], "tracking": SQL[1]})
    line = {"lines": [{"sku": SKU, "quantity": 1}], "reason": SQL[2]}
    await did(customer, order_id, "returns", line)
    back = (await seen(customer, order_id))["returns"][0]["id"]
    await did(support, order_id, f"returns/{back}/refusal", {"reason": SQL[3]})
    told = await seen(customer, order_id)
    parcel, returned = told["shipments"][0], told["returns"][0]
    assert told["shipping_address"]["street"] == SQL[0]
    assert (parcel["carrier"], parcel["tracking"], returned["reason"]) == SQL[:3]
    assert SQL[3] in returned.values()


async def test_an_address_that_somebody_calls_is_heard(canary: tuple[str, list[bytes]]) -> None:
    """Without this, the tests about addresses could pass because nothing can be heard."""
    address, heard = canary
    async with httpx.AsyncClient() as careless:
        with pytest.raises(httpx.RemoteProtocolError):
            await careless.get(address)
    assert heard.pop().startswith(b"GET /canary ")


async def test_no_address_that_a_stranger_names_is_fetched_or_followed(
    shop: Shop, canary: tuple[str, list[bytes]]
) -> None:
    address, heard = canary
    query = {
        "response_type": "code",
        "client_id": "swagger-ui",
        "redirect_uri": address,
        "state": "xyz",
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    for more in ({}, {"request_uri": address}, {"client_id": address}):
        answer = await shop.client.get("/oauth/authorize", params={**query, **more})
        assert answer.status_code == 400
        assert "location" not in answer.headers
    for header in ("Host", "X-Forwarded-Host", "Referer", "Origin"):
        host = address.removeprefix("http://").removesuffix("/canary")
        value = host if "Host" in header else address
        answer = await shop.client.get("/v1/categories", headers={header: value})
        assert answer.status_code < 500
        assert host not in answer.text
    await asyncio.sleep(0.2)
    assert heard == []


async def test_lists_show_nobody_what_is_somebody_elses(customer: Shop, mallory: Shop) -> None:
    order = (await customer.order({SKU: 1})).json()["id"]
    for path in ("/v1/orders", f"/v1/messages?order_id={order}"):
        found = (await mallory.call("GET", path)).json()["items"]
        assert order not in [item.get("order_id", item["id"]) for item in found]


async def test_nobody_ends_the_session_of_another(customer: Shop, mallory: Shop) -> None:
    (mine, *_) = (await customer.call("GET", "/v1/users/me/sessions")).json()["items"]
    answer = await mallory.call("DELETE", f"/v1/users/me/sessions/{mine['id']}")
    assert answer.status_code in (204, 404)
    still = (await customer.call("GET", "/v1/users/me/sessions")).json()["items"]
    assert mine["id"] in [session["id"] for session in still]
    assert (await customer.call("GET", "/v1/users/me")).status_code == 200
