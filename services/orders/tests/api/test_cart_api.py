"""Carts over HTTP: who may see them, what gets in, what their ETag stands for."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from chassis.ids import uuid7
from orders.domain.money import Money
from orders.domain.owner import Owner
from orders.domain.pricing import Price
from orders.testing.buyer import GUEST_HEADERS, problem
from orders.testing.memory_shop import MemoryShop
from orders.testing.values import CUSTOMER, HEART

Bearer = Callable[..., dict[str, str]]
GUEST = GUEST_HEADERS
OTHER = {"Cart-Token": "z" * 43}


async def new_cart(client: AsyncClient, headers: dict[str, str]) -> str:
    answer = await client.post("/v1/carts", headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def put(client: AsyncClient, cart: str, headers: dict[str, str], **lines: int) -> Response:
    items = [{"sku": sku.lstrip("_"), "quantity": quantity} for sku, quantity in lines.items()]
    return await client.put(f"/v1/carts/{cart}/items", json={"items": items}, headers=headers)


async def test_a_customer_begins_a_cart_and_finds_it_as_mine(
    client: AsyncClient, bearer: Bearer
) -> None:
    made = await client.post("/v1/carts", headers=bearer())
    assert made.status_code == 201
    assert made.json()["token"] is None
    assert made.json()["items"] == []
    mine = await client.get("/v1/carts/mine", headers=bearer())
    assert mine.json()["id"] == made.json()["id"]
    assert made.headers["location"] == f"/v1/carts/{made.json()['id']}"
    assert made.headers["etag"] == mine.headers["etag"]


async def test_a_guest_gets_a_secret_once_and_it_opens_the_cart(
    client: AsyncClient, shop: MemoryShop
) -> None:
    made = (await client.post("/v1/carts")).json()
    assert len(made["token"]) == 43
    secret = {"Cart-Token": made["token"]}
    read = await client.get(f"/v1/carts/{made['id']}", headers=secret)
    assert read.status_code == 200
    assert "token" not in read.json()
    assert made["token"] not in repr(shop.carts.carts)


async def test_a_guest_may_bring_a_token_and_then_repeat_the_request(client: AsyncClient) -> None:
    headers = GUEST | {"Idempotency-Key": "lost-answer"}
    first, again = [await client.post("/v1/carts", headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.headers["location"] == again.headers["location"]
    assert first.json()["token"] is None


async def test_a_guest_without_a_token_cannot_use_a_key(client: AsyncClient) -> None:
    answer = await client.post("/v1/carts", headers={"Idempotency-Key": "k"})
    assert problem(answer) == (400, "cart-token-required")


@pytest.mark.parametrize("token", ["short", "k" * 44, "k" * 42 + "!"])
async def test_a_malformed_cart_token_is_refused(client: AsyncClient, token: str) -> None:
    answer = await client.post("/v1/carts", headers={"Cart-Token": token})
    assert problem(answer) == (400, "cart-token-malformed")


async def test_without_any_token_no_cart_can_be_read(client: AsyncClient) -> None:
    assert problem(await client.get("/v1/carts/mine")) == (401, "authentication-required")


async def test_a_token_without_the_scope_is_not_enough(client: AsyncClient, bearer: Bearer) -> None:
    headers = bearer(scopes=["orders:read"])
    assert problem(await client.post("/v1/carts", headers=headers)) == (403, "insufficient-scope")
    cart = await new_cart(client, bearer())
    assert problem(await put(client, cart, headers)) == (403, "insufficient-scope")


async def test_an_expired_token_is_refused_even_where_guests_may_call(
    client: AsyncClient, mint: Any
) -> None:
    headers = mint.headers(scopes=["orders:write"], iat=1, exp=2)
    assert problem(await client.post("/v1/carts", headers=headers)) == (401, "invalid-token")


async def test_anothers_cart_is_not_found(client: AsyncClient, bearer: Bearer) -> None:
    cart = await new_cart(client, bearer())
    for headers in (GUEST, bearer(subject=str(uuid7()))):
        assert problem(await client.get(f"/v1/carts/{cart}", headers=headers)) == (
            404,
            "cart-not-found",
        )
        assert problem(await put(client, cart, headers, _85123A=1)) == (404, "cart-not-found")


async def test_a_cart_shows_todays_prices_and_their_sum(client: AsyncClient) -> None:
    cart = await new_cart(client, GUEST)
    answer = await put(client, cart, GUEST, _85123A=6, _71053=2)
    assert answer.status_code == 200
    body = answer.json()
    assert body["total"] == {"amount": 2520, "currency": "GBP"}
    assert body["items"][1] == {
        "sku": "85123A",
        "name": "WHITE HANGING HEART T-LIGHT HOLDER",
        "quantity": 6,
        "unit_price": {"amount": 295, "currency": "GBP"},
        "total": {"amount": 1770, "currency": "GBP"},
        "discount": {"amount": 0, "currency": "GBP"},
        "available": True,
    }
    assert set(body["_links"]) == {"self", "items", "change", "place_order"}


async def test_the_etag_changes_with_a_price_and_not_without(
    client: AsyncClient, shop: MemoryShop
) -> None:
    cart = await new_cart(client, GUEST)
    etag = (await put(client, cart, GUEST, _85123A=1)).headers["etag"]
    unchanged = await client.get(f"/v1/carts/{cart}", headers=GUEST | {"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    shop.prices.put_on_sale(Price(HEART.sku, HEART.name, Money(296, "GBP")))
    changed = await client.get(f"/v1/carts/{cart}", headers=GUEST | {"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


async def test_one_line_is_set_and_taken_out(client: AsyncClient) -> None:
    cart = await new_cart(client, GUEST)
    line = f"/v1/carts/{cart}/items/85123A"
    for quantity in (6, 10_000):
        answer = await client.put(line, json={"quantity": quantity}, headers=GUEST)
        assert [item["quantity"] for item in answer.json()["items"]] == [quantity]
    for _ in range(2):
        answer = await client.delete(line, headers=GUEST)
        assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert set(answer.json()["_links"]) == {"self", "items", "change"}


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 10**9, 1.5, "1", True, None])
async def test_a_quantity_that_is_none_changes_nothing(client: AsyncClient, quantity: Any) -> None:
    cart = await new_cart(client, GUEST)
    url, items = f"/v1/carts/{cart}/items", [{"sku": "85123A", "quantity": quantity}]
    one = await client.put(f"{url}/85123A", json={"quantity": quantity}, headers=GUEST)
    many = await client.put(url, json={"items": items}, headers=GUEST)
    assert problem(one) == problem(many) == (422, "validation-error")
    assert (await client.get(f"/v1/carts/{cart}", headers=GUEST)).json()["items"] == []


async def test_unknown_skus_are_named(client: AsyncClient) -> None:
    cart = await new_cart(client, GUEST)
    answer = await put(client, cart, GUEST, _85123A=1, _00000=1, _85123a=1)
    assert problem(answer) == (422, "unknown-sku")
    assert answer.json()["skus"] == ["00000", "85123a"]
    one = await client.put(f"/v1/carts/{cart}/items/NOPE", json={"quantity": 1}, headers=GUEST)
    assert problem(one) == (422, "unknown-sku")


async def test_a_withdrawn_product_does_not_get_in_but_shows_where_it_is(
    client: AsyncClient, shop: MemoryShop
) -> None:
    cart = await new_cart(client, GUEST)
    await put(client, cart, GUEST, _85123A=1)
    shop.prices.put_on_sale(Price(HEART.sku, HEART.name, HEART.unit_price, withdrawn=True))
    assert problem(await put(client, cart, GUEST, _85123A=2)) == (422, "product-withdrawn")
    body = (await client.get(f"/v1/carts/{cart}", headers=GUEST)).json()
    assert (body["items"][0]["available"], body["total"]) == (False, None)
    assert "place_order" not in body["_links"]


async def test_a_sku_twice_in_one_list_is_refused(client: AsyncClient) -> None:
    cart = await new_cart(client, GUEST)
    items = [{"sku": "85123A", "quantity": 1}] * 2
    answer = await client.put(f"/v1/carts/{cart}/items", json={"items": items}, headers=GUEST)
    assert problem(answer) == (422, "duplicate-sku")


async def test_a_thousand_and_one_lines_are_refused(client: AsyncClient, shop: MemoryShop) -> None:
    skus = [f"{number:05}" for number in range(1001)]
    shop.prices.put_on_sale(*(Price(sku, sku, Money(1, "GBP")) for sku in skus))
    cart = await new_cart(client, GUEST)
    too_many = await put(client, cart, GUEST, **{f"_{sku}": 1 for sku in skus})
    assert problem(too_many) == (422, "validation-error")
    assert (await put(client, cart, GUEST, **{f"_{sku}": 1 for sku in skus[:1000]})).is_success
    url = f"/v1/carts/{cart}/items/{skus[1000]}"
    one_more = await client.put(url, json={"quantity": 1}, headers=GUEST)
    assert problem(one_more) == (422, "cart-full")


@pytest.mark.parametrize("field", ["price", "unit_price", "total", "discount"])
async def test_a_price_from_the_client_is_refused(client: AsyncClient, field: str) -> None:
    cart = await new_cart(client, GUEST)
    items = [{"sku": "85123A", "quantity": 1, field: {"amount": 1, "currency": "GBP"}}]
    answer = await client.put(f"/v1/carts/{cart}/items", json={"items": items}, headers=GUEST)
    assert problem(answer) == (422, "validation-error")


@pytest.mark.parametrize("cart", ["not-a-uuid", "1", "null", "%24ne"])
async def test_an_id_that_is_no_uuid_is_refused(client: AsyncClient, cart: str) -> None:
    assert problem(await client.get(f"/v1/carts/{cart}", headers=GUEST)) == (
        422,
        "validation-error",
    )


async def test_a_body_that_is_no_json_is_refused(client: AsyncClient) -> None:
    cart = await new_cart(client, GUEST)
    headers = GUEST | {"Content-Type": "application/json"}
    answer = await client.put(f"/v1/carts/{cart}/items", content=b"{items:", headers=headers)
    assert problem(answer) == (400, "malformed-json")


async def test_a_change_with_if_match_is_made_to_the_cart_that_was_seen(
    client: AsyncClient,
) -> None:
    cart = await new_cart(client, GUEST)
    seen = (await put(client, cart, GUEST, _85123A=1)).headers["etag"]
    line, condition = f"/v1/carts/{cart}/items/85123A", GUEST | {"If-Match": seen}
    first = await client.put(line, json={"quantity": 2}, headers=condition)
    late = await client.put(line, json={"quantity": 3}, headers=condition)
    assert first.status_code == 200
    assert problem(late) == (412, "cart-changed")
    assert late.json()["cart"]["items"][0]["quantity"] == 2
    assert late.headers["etag"] == first.headers["etag"] == late.json()["etag"]


async def test_merging_takes_the_guests_lines_over(client: AsyncClient, bearer: Bearer) -> None:
    guests, mine = await new_cart(client, GUEST), await new_cart(client, bearer())
    await put(client, guests, GUEST, _85123A=1, _71053=1)
    await put(client, mine, bearer(), _85123A=2)
    url, both = f"/v1/carts/{mine}/merge", bearer() | GUEST
    for _ in range(2):
        merged = await client.post(url, json={"guest_cart_id": guests}, headers=both)
        assert merged.status_code == 200
        lines = {item["sku"]: item["quantity"] for item in merged.json()["items"]}
        assert lines == {"85123A": 3, "71053": 1}
    gone = await client.get(f"/v1/carts/{guests}", headers=GUEST)
    assert problem(gone) == (404, "cart-not-found")


async def test_a_merge_into_a_cart_that_changed_since_it_was_seen_is_refused(
    client: AsyncClient, bearer: Bearer
) -> None:
    guests, mine = await new_cart(client, GUEST), await new_cart(client, bearer())
    await put(client, guests, GUEST, _85123A=1)
    seen = (await put(client, mine, bearer(), _85123A=2)).headers["etag"]
    now = (await put(client, mine, bearer(), _85123A=3)).headers["etag"]
    url, body = f"/v1/carts/{mine}/merge", {"guest_cart_id": guests}
    refused = await client.post(url, json=body, headers=bearer() | GUEST | {"If-Match": seen})
    assert problem(refused) == (412, "cart-changed")
    assert refused.headers["etag"] == now
    assert refused.json()["cart"]["items"][0]["quantity"] == 3
    # Sent again because its answer was lost, it is answered as before.
    for _ in range(2):
        merged = await client.post(url, json=body, headers=bearer() | GUEST | {"If-Match": now})
        assert merged.json()["items"][0]["quantity"] == 4


async def test_merging_needs_both_tokens(client: AsyncClient, bearer: Bearer) -> None:
    guests, mine = await new_cart(client, GUEST), await new_cart(client, bearer())
    url, body = f"/v1/carts/{mine}/merge", {"guest_cart_id": guests}
    assert (await client.post(url, json=body, headers=bearer())).status_code == 401
    assert (await client.post(url, json=body, headers=GUEST)).status_code == 401
    stolen = await client.post(url, json=body, headers=bearer() | OTHER)
    assert problem(stolen) == (404, "cart-not-found")


async def test_an_ordered_cart_links_to_its_order_and_changes_no_more(
    client: AsyncClient, shop: MemoryShop, bearer: Bearer
) -> None:
    cart, order = await new_cart(client, bearer()), uuid7()
    await put(client, cart, bearer(), _85123A=1)
    await shop.carts.close(UUID(cart), CUSTOMER, order)
    read = (await client.get(f"/v1/carts/{cart}", headers=bearer())).json()
    assert read["_links"]["order"] == {"href": f"/v1/orders/{order}"}
    assert set(read["_links"]) == {"self", "order"}
    refused = await put(client, cart, bearer(), _85123A=2)
    assert problem(refused) == (409, "cart-ordered")
    assert refused.json()["_links"]["order"] == {"href": f"/v1/orders/{order}"}
    mine = await client.get("/v1/carts/mine", headers=bearer())
    assert problem(mine) == (404, "cart-not-found")


async def test_a_signed_in_customer_acts_as_such_whatever_guests_token_comes_along(
    client: AsyncClient, shop: MemoryShop, bearer: Bearer
) -> None:
    cart = await new_cart(client, bearer() | GUEST)
    assert (await shop.carts.get(UUID(cart), CUSTOMER)).owner == Owner.customer(CUSTOMER.id)
