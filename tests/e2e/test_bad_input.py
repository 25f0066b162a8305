"""What bad input gets, through the gateway: a problem document with a stable type, and no change.

Each line of the list is one way to be wrong; the state of the shop before and after is compared.
"""

import secrets
from typing import Any

import httpx
import pytest

from tests.e2e.shop import ADDRESS, SKU, SLUG, Shop

UNKNOWN = "01990000-0000-7000-8000-00000000dead"
PRICE = {"amount": 100, "currency": "GBP"}


def is_problem(answer: httpx.Response, status: int, slug: str | None = None) -> None:
    """RFC 9457: the media type, the members, and the same status inside."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    document = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["type"].startswith("/problems/")
    if slug:
        assert document["type"] == f"/problems/{slug}"


async def orders_of(caller: Shop) -> list[Any]:
    return list((await caller.call("GET", "/v1/orders?limit=100")).json()["items"])


@pytest.mark.parametrize("quantity", [0, -1, 10**9, 1.5, "1", True, None, 10**40])
async def test_a_quantity_that_is_none_is_refused(customer: Shop, quantity: Any) -> None:
    path, etag = await customer.cart({SKU: 1})
    answer = await customer.call("PUT", f"{path}/items/{SKU}", {"quantity": quantity})
    is_problem(answer, 422)
    assert (await customer.call("GET", path)).headers["etag"] == etag


async def test_an_unknown_sku_is_refused_by_name(customer: Shop) -> None:
    path, etag = await customer.cart({SKU: 1})
    answer = await customer.call("PUT", f"{path}/items/99999Z", {"quantity": 1})
    is_problem(answer, 422, "unknown-sku")
    assert answer.json()["skus"] == ["99999Z"]
    assert (await customer.call("GET", path)).headers["etag"] == etag


async def test_an_empty_cart_cannot_be_ordered(customer: Shop) -> None:
    path, etag = await customer.cart({})
    before = await orders_of(customer)
    is_problem(await customer.place(path, etag), 422)
    assert await orders_of(customer) == before


@pytest.mark.parametrize(
    "extra",
    [
        {"total": PRICE},
        {"price": 1},
        {"status": "confirmed"},
        {"customer_id": UNKNOWN},
        {"roles": ["admin"]},
    ],
    ids=lambda extra: next(iter(extra)),
)
async def test_what_the_client_may_not_say_is_never_believed(
    customer: Shop, extra: dict[str, Any]
) -> None:
    path, etag = await customer.cart({SKU: 1})
    before = await orders_of(customer)
    is_problem(await customer.place(path, etag, **extra), 422, "validation-error")
    assert await orders_of(customer) == before


@pytest.mark.parametrize("field", ["role", "roles", "status", "id", "imported_by", "scopes"])
async def test_nobody_registers_with_rights_of_their_own_choice(shop: Shop, field: str) -> None:
    body = {
        "email": f"{secrets.token_hex(6)}@example.com",
        "password": "a long enough password",
        "name": "Mallory",
        field: "admin",
    }
    is_problem(await shop.call("POST", "/v1/users", body), 422, "validation-error")


async def test_a_price_in_another_currency_is_refused(merchandiser: Shop) -> None:
    seen = await merchandiser.call("GET", f"/v1/products/{SLUG}")
    answer = await merchandiser.call(
        "PUT",
        f"/v1/products/{SLUG}/variants/{SKU}/price",
        {"amount": 300, "currency": "USD"},
        If_Match=seen.headers["etag"],
    )
    is_problem(answer, 422)
    assert (await merchandiser.call("GET", f"/v1/products/{SLUG}")).json() == seen.json()


@pytest.mark.parametrize("raw", [b"{", b'{"quantity": NaN}', b"\xff\xfe", b"{'quantity': 1}"])
async def test_malformed_json_is_refused(customer: Shop, raw: bytes) -> None:
    path, _ = await customer.cart({SKU: 1})
    answer = await customer.client.put(
        f"{path}/items/{SKU}",
        content=raw,
        headers={**customer.headers, "content-type": "application/json"},
    )
    is_problem(answer, 400, "malformed-json")


async def test_a_body_over_one_mebibyte_is_refused(customer: Shop) -> None:
    answer = await customer.client.post(
        "/v1/carts",
        content=b"x" * (1024 * 1024 + 1),
        headers={**customer.headers, "content-type": "application/json"},
    )
    is_problem(answer, 413)


@pytest.mark.parametrize("bad", ["not-a-uuid", "1", "%00", "' OR 1=1 --"])
async def test_an_id_that_is_no_uuid_is_refused(customer: Shop, bad: str) -> None:
    for path in (f"/v1/orders/{bad}", f"/v1/carts/{bad}"):
        answer = await customer.call("GET", path)
        assert answer.status_code in (400, 404, 422), answer.text
        is_problem(answer, answer.status_code)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "e30", "..", "eyJuYW1lIjp7IiRuZSI6MX19"])
async def test_a_cursor_that_is_not_ours_is_refused(customer: Shop, cursor: str) -> None:
    for path in ("/v1/products", "/v1/orders"):
        is_problem(await customer.call("GET", f"{path}?cursor={cursor}"), 400)


@pytest.mark.parametrize(
    "query",
    [
        "category[$ne]=x",
        "q[$regex]=.*",
        "min_price[$gt]=0",
        "category=%7B%22$ne%22:1%7D",
        "limit=0",
    ],
)
async def test_operators_of_mongodb_reach_no_filter(shop: Shop, query: str) -> None:
    answer = await shop.call("GET", f"/v1/products?{query}")
    assert answer.status_code in (400, 404, 422), answer.text
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30", "Bearer"])
async def test_a_token_that_is_none_is_refused(shop: Shop, token: str) -> None:
    answer = await shop.as_bearer(token).call("GET", "/v1/orders")
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_used_for_another_body_is_refused(customer: Shop) -> None:
    path, etag = await customer.cart({SKU: 1})
    key = secrets.token_hex(8)
    assert (await customer.place(path, etag, key=key)).status_code == 201
    before = await orders_of(customer)
    answer = await customer.place(path, etag, key=key, payment="tok_mastercard")
    is_problem(answer, 422, "idempotency-key-reused")
    assert await orders_of(customer) == before


async def test_an_order_without_key_or_precondition_is_refused(customer: Shop) -> None:
    path, etag = await customer.cart({SKU: 1})
    body = {
        "cart_id": path.rsplit("/", 1)[1],
        "payment": {"token": "tok_visa"},
        "shipping_address": ADDRESS,
    }
    is_problem(await customer.call("POST", "/v1/orders", body, If_Match=etag), 400)
    no_match = await customer.call("POST", "/v1/orders", body, Idempotency_Key="k")
    is_problem(no_match, 428)
    stale = await customer.call("POST", "/v1/orders", body, Idempotency_Key="k", If_Match='"stale"')
    is_problem(stale, 412)


async def test_the_carts_and_orders_of_others_do_not_exist(shop: Shop, customer: Shop) -> None:
    path, etag = await customer.cart({SKU: 1})
    order = (await customer.place(path, etag)).headers["location"]
    guest, stranger = shop.as_guest(), await shop.sign_in("merchandiser@souk.example")
    for other in (guest, stranger):
        answer = await other.call("GET", path)
        assert answer.status_code in (403, 404), answer.text
        is_problem(await guest.call("GET", order), 404)
        is_problem(await guest.call("PUT", f"{path}/items/{SKU}", {"quantity": 2}), 404)
    is_problem(await customer.call("GET", f"/v1/orders/{UNKNOWN}"), 404)


@pytest.mark.parametrize(
    "token", ["4242424242424242", "4242-4242-4242-4242", "tok_4242424242424242"]
)
async def test_a_card_number_never_enters(customer: Shop, token: str) -> None:
    path, etag = await customer.cart({SKU: 1})
    answer = await customer.place(path, etag, payment=token)
    is_problem(answer, 422, "validation-error")
    assert "4242424242" not in answer.text


async def test_a_customer_may_do_nothing_that_is_for_staff(customer: Shop) -> None:
    forbidden = [
        ("GET", "/v1/stock", None),
        ("GET", "/v1/payments?order_id=" + UNKNOWN, None),
        ("GET", "/v1/ledger/balance", None),
        ("POST", "/v1/users/imports", {"email": "a@example.com", "name": "A"}),
        ("POST", "/v1/products", {}),
        ("POST", "/v1/stock-adjustments", {"reason": "x", "lines": [{"sku": SKU, "delta": 1}]}),
    ]
    for method, path, body in forbidden:
        answer = await customer.call(method, path, body, Idempotency_Key="k")
        is_problem(answer, 403, "insufficient-scope")
