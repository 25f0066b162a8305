"""Placing orders over HTTP: every precondition, every retry, every thing a client may not say."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from chassis.ids import uuid7
from orders.domain.money import Money
from orders.domain.pricing import Price
from orders.domain.saga import STEPS
from orders.testing.buyer import ADDRESS_BODY, CONTACT_BODY, Buyer, problem
from orders.testing.memory_shop import MemoryShop
from orders.testing.values import CUSTOMER, GUEST_TOKEN, HEART

Bearer = Callable[..., dict[str, str]]
STAFF = ("orders:read", "orders:write", "orders:read_all", "orders:cancel_all")


async def test_a_customer_orders_a_cart(customer: Buyer, shop: MemoryShop) -> None:
    answer = await customer.order(reference="536365")
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"/v1/orders/{body['id']}"
    assert (body["status"], body["version"], body["reference"]) == ("pending", 1, "536365")
    assert body["customer_id"] == CUSTOMER.id
    assert body["total"] == {"amount": 2520, "currency": "GBP"}
    assert [(line["sku"], line["quantity"]) for line in body["lines"]] == [
        ("71053", 2),
        ("85123A", 6),
    ]
    assert set(body["_links"]) == {"self", "timeline", "cancel"}
    assert shop.types == ["order_placed", "reserve_stock"]


async def test_a_guest_orders_with_a_contact_and_not_without(guest: Buyer) -> None:
    assert problem(await guest.order()) == (422, "contact-required")
    answer = await guest.order(contact=CONTACT_BODY)
    assert answer.status_code == 201
    assert answer.json()["customer_id"] is None
    assert answer.json()["contact"] == CONTACT_BODY


async def test_the_answer_has_no_secret_in_it(guest: Buyer) -> None:
    text = (await guest.order(contact=CONTACT_BODY)).text
    assert GUEST_TOKEN not in text
    assert "tok_visa" not in text


async def test_a_retry_finds_its_order_even_when_the_cart_is_gone(
    customer: Buyer, shop: MemoryShop
) -> None:
    first = await customer.order("key")
    shop.carts.carts.clear()
    again = await customer.order("key")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.headers["location"] == again.headers["location"]
    assert first.json() == again.json()
    assert len(shop.orders.stored) == 1


async def test_a_retry_without_the_condition_or_with_a_stale_one_finds_it_too(
    customer: Buyer,
) -> None:
    first = await customer.order("key")
    for etag in (None, '"stale"'):
        again = await customer.order("key", headers={"If-Match": etag})
        assert again.headers["location"] == first.headers["location"]


async def test_a_key_is_bound_to_its_body(customer: Buyer) -> None:
    await customer.order("key")
    assert problem(await customer.order("key", reference="other")) == (
        422,
        "idempotency-key-reused",
    )


async def test_two_guests_may_use_the_same_key(client: AsyncClient, guest: Buyer) -> None:
    other = await Buyer(client, {"Cart-Token": "z" * 43}).fill(_85123A=1)
    first = await guest.order("key", contact=CONTACT_BODY)
    second = await other.order("key", contact=CONTACT_BODY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.headers["location"] != second.headers["location"]


async def test_without_a_key_nothing_is_ordered(customer: Buyer, shop: MemoryShop) -> None:
    answer = await customer.order(headers={"Idempotency-Key": None})
    assert problem(answer) == (400, "idempotency-key-missing")
    assert not shop.orders.stored


@pytest.mark.parametrize("if_match", [None, "*", " * "])
async def test_a_cart_must_have_been_seen(customer: Buyer, if_match: str | None) -> None:
    answer = await customer.order(headers={"If-Match": if_match})
    assert problem(answer) == (428, "precondition-required")


async def test_a_changed_price_brings_the_cart_as_it_is_now(
    customer: Buyer, shop: MemoryShop
) -> None:
    shop.prices.put_on_sale(Price(HEART.sku, HEART.name, Money(300, "GBP")))
    refused = await customer.order("key")
    assert problem(refused) == (412, "cart-changed")
    assert refused.json()["cart"]["total"] == {"amount": 2550, "currency": "GBP"}
    assert refused.json()["cart"]["items"][1]["unit_price"]["amount"] == 300
    assert not shop.orders.stored
    customer.etag = refused.headers["etag"]
    assert (await customer.order("key")).status_code == 201


async def test_a_changed_quantity_is_a_changed_cart(customer: Buyer, client: AsyncClient) -> None:
    url = f"/v1/carts/{customer.cart}/items/85123A"
    await client.put(url, json={"quantity": 7}, headers=customer.headers)
    assert problem(await customer.order()) == (412, "cart-changed")


async def test_an_empty_cart_is_not_ordered(client: AsyncClient, bearer: Bearer) -> None:
    empty = await Buyer(client, bearer()).fill()
    assert problem(await empty.order()) == (422, "cart-empty")


async def test_a_withdrawn_product_is_not_ordered(customer: Buyer, shop: MemoryShop) -> None:
    shop.prices.put_on_sale(Price(HEART.sku, HEART.name, HEART.unit_price, withdrawn=True))
    customer.etag = (await customer.order()).headers["etag"]
    refused = await customer.order()
    assert problem(refused) == (422, "product-withdrawn")
    assert refused.json()["skus"] == ["85123A"]


async def test_two_currencies_are_not_ordered_together(customer: Buyer, shop: MemoryShop) -> None:
    shop.prices.put_on_sale(Price(HEART.sku, HEART.name, Money(300, "EUR")))
    customer.etag = (await customer.order()).headers["etag"]
    assert problem(await customer.order()) == (422, "currency-mismatch")


async def test_a_cart_is_ordered_once(customer: Buyer, shop: MemoryShop) -> None:
    first = await customer.order()
    second = await customer.order()
    assert problem(second) == (409, "cart-ordered")
    assert second.json()["_links"]["order"]["href"] == first.headers["location"]
    assert len(shop.orders.stored) == 1


async def test_a_cart_that_a_crash_left_open_is_ordered_once_and_then_closed(
    customer: Buyer, shop: MemoryShop
) -> None:
    before = dict(shop.carts.carts)
    first = await customer.order()
    shop.carts.carts = before
    second = await customer.order()
    assert problem(second) == (409, "cart-ordered")
    cart = await shop.carts.get(UUID(customer.cart), CUSTOMER)
    assert str(cart.order_id) == first.json()["id"]


async def test_anothers_cart_is_not_ordered(customer: Buyer, bearer: Bearer) -> None:
    customer.headers = bearer(subject=str(uuid7()))
    assert problem(await customer.order()) == (404, "cart-not-found")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "confirmed"},
        {"total": {"amount": 1, "currency": "GBP"}},
        {"role": "admin"},
        {"customer_id": str(uuid7())},
        {"payment": {"token": "tok_visa", "amount": 1}},
        {"payment": {"token": "4242424242424242"}},
        {"payment": {"token": "4242-4242-4242-4242"}},
        {"payment": {"token": {"$ne": ""}}},
        {"cart_id": "1"},
        {"shipping_address": ADDRESS_BODY | {"country": "XX"}},
        {"shipping_address": ADDRESS_BODY | {"country": "gb"}},
        {"shipping_address": ADDRESS_BODY | {"city": " "}},
        {"shipping_address": ADDRESS_BODY | {"city": "a\r\nBcc: b@c.de"}},
        {"contact": {"email": "nobody", "name": "N"}},
        {"reference": "r" * 65},
        {"payment": None},
    ],
)
async def test_what_a_client_may_not_say_is_refused(
    customer: Buyer, shop: MemoryShop, change: dict[str, Any]
) -> None:
    assert problem(await customer.order(**change)) == (422, "validation-error")
    assert not shop.orders.stored


async def test_an_unknown_country_is_zz(customer: Buyer) -> None:
    answer = await customer.order(shipping_address=ADDRESS_BODY | {"country": "ZZ"})
    assert answer.json()["shipping_address"]["country"] == "ZZ"


async def test_an_order_that_settles_in_time_comes_back_settled(
    customer: Buyer, shop: MemoryShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The participants answer while the request waits: here, as soon as it begins to watch."""
    watch = shop.settlements.watch

    def settle_then_watch(order_id: UUID) -> Any:
        order = shop.orders.stored[order_id]
        for step in STEPS:
            order.receive(step.succeeds_on, shop.now)
        return watch(order_id)

    monkeypatch.setattr(shop.settlements, "watch", settle_then_watch)
    answer = await customer.order(headers={"Prefer": "wait=5"})
    assert answer.headers["preference-applied"] == "wait=5"
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")


async def test_an_order_that_does_not_settle_in_time_comes_back_pending(customer: Buyer) -> None:
    answer = await customer.order(headers={"Prefer": "wait=0"})
    assert answer.headers["preference-applied"] == "wait=0"
    assert answer.json()["status"] == "pending"
