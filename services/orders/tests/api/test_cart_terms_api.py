"""Delivery, country and codes of a cart over HTTP, and orders placed with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from orders.domain.combination import MOST_TOGETHER
from orders.domain.money import Money
from orders.domain.promotions import MAX_CODES, FixedAmount, FreeShipping, Percentage
from orders.testing.buyer import ADDRESS_BODY, CONTACT_BODY, Buyer, problem
from orders.testing.memory_shop import MemoryShop
from orders.testing.terms import a_promotion

Bearer = Callable[..., dict[str, str]]
GERMANY = ADDRESS_BODY | {"country": "DE"}
TENTH = Percentage(10)


async def changed(buyer: Buyer, method: str, path: str = "", **body: Any) -> Response:
    url = f"/v1/carts/{buyer.cart}{path}"
    answer = await buyer.client.request(method, url, json=body or None, headers=buyer.headers)
    buyer.etag = answer.headers.get("etag", buyer.etag)
    return answer


def amounts(answer: Response) -> dict[str, int]:
    names = ("subtotal", "discount", "shipping", "tax", "total")
    return {name: answer.json()["amounts"][name]["amount"] for name in names}


async def test_a_cart_is_free_to_deliver_at_home_until_its_owner_says_otherwise(
    customer: Buyer,
) -> None:
    cart = (await changed(customer, "GET")).json()
    assert (cart["delivery_method"], cart["country"]) == ("free", "GB")
    express = await changed(customer, "PATCH", delivery_method="express", country="DE")
    assert amounts(express) == {
        "subtotal": 2520,
        "discount": 0,
        "shipping": 5000,
        "tax": 1201,
        "total": 7520,
    }
    back = await changed(customer, "PATCH", delivery_method=None)
    assert (back.json()["delivery_method"], back.json()["country"]) == ("free", "DE")


@pytest.mark.parametrize(
    "body", [{"delivery_method": "drone"}, {"country": "XX"}, {"codes": ["A"]}, {"total": 1}]
)
async def test_what_is_no_delivery_is_refused(customer: Buyer, body: dict[str, Any]) -> None:
    assert problem(await changed(customer, "PATCH", **body)) == (422, "validation-error")


async def test_a_change_of_delivery_is_conditional(customer: Buyer) -> None:
    url, seen = f"/v1/carts/{customer.cart}", customer.headers | {"If-Match": customer.etag}
    for body, status in (({"country": "DE"}, 200), ({"country": "FI"}, 412)):
        answer = await customer.client.patch(url, json=body, headers=seen)
        assert answer.status_code == status


async def test_a_code_lowers_the_order_that_is_placed_with_it(
    customer: Buyer, shop: MemoryShop
) -> None:
    shop.promotions.put(a_promotion(1, TENTH, code="TENTH", limit=5))
    cart = await changed(customer, "PUT", "/codes/tenth")
    assert amounts(cart)["total"] == 2268
    assert [p["code"] for p in cart.json()["promotions"]] == ["TENTH"]
    order = (await customer.order()).json()
    assert order["amounts"] == cart.json()["amounts"]
    assert sum(line["total_after"]["amount"] for line in order["lines"]) == 2268
    assert order["promotions"][0]["discount"] == {"amount": 252, "currency": "GBP"}
    assert order["parcels"][0]["weight_grams"] == 8 * 250


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"ends_at": "now"}, "ended"), ({"limit": 1}, "used_up"), ({"code": "X"}, "unknown")],
)
async def test_a_code_that_can_never_work_is_refused_at_once(
    customer: Buyer, shop: MemoryShop, more: dict[str, Any], reason: str
) -> None:
    more = {name: shop.now if value == "now" else value for name, value in more.items()}
    promotion = a_promotion(1, TENTH, **{"code": "CODE"} | more)
    shop.promotions.put(promotion)
    shop.promotions.uses[promotion.id, ""] = 1
    answer = await changed(customer, "PUT", "/codes/CODE")
    assert problem(answer) == (422, "code-not-usable")
    assert (answer.json()["code"], answer.json()["reason"]) == ("CODE", reason)
    assert not (await changed(customer, "GET")).json()["refused_codes"]


@pytest.mark.parametrize(("code", "reason"), [("NEVER", "unknown"), ("OVER", "ended")])
async def test_an_empty_cart_takes_no_code_that_can_never_work(
    customer: Buyer, shop: MemoryShop, code: str, reason: str
) -> None:
    shop.promotions.put(a_promotion(1, TENTH, code="OVER", ends_at=shop.now))
    shop.promotions.put(a_promotion(2, TENTH, code="GOOD", minimum_subtotal=Money(1, "GBP")))
    emptied = f"/v1/carts/{customer.cart}/items"
    await customer.client.put(emptied, json={"items": []}, headers=customer.headers)
    answer = await changed(customer, "PUT", f"/codes/{code}")
    assert problem(answer) == (422, "code-not-usable")
    assert answer.json()["reason"] == reason
    assert (await changed(customer, "PUT", "/codes/GOOD")).json()["refused_codes"] == [
        {"code": "GOOD", "reason": "below_minimum"}
    ]


async def test_a_guest_cannot_use_what_is_once_for_each_customer(
    guest: Buyer, shop: MemoryShop
) -> None:
    shop.promotions.put(a_promotion(1, TENTH, code="ONCE", limit_per_customer=1))
    answer = await changed(guest, "PUT", "/codes/ONCE")
    assert answer.json()["reason"] == "account_required"


async def test_a_code_that_the_cart_does_not_fit_yet_is_taken_and_says_why(
    guest: Buyer, shop: MemoryShop
) -> None:
    shop.promotions.put(
        a_promotion(1, TENTH, code="MORE", minimum_subtotal=Money(400, "GBP")),
        a_promotion(2, FreeShipping(), code="POST"),
    )
    for code in ("MORE", "POST"):
        cart = await changed(guest, "PUT", f"/codes/{code}")
    assert cart.json()["refused_codes"] == [
        {"code": "MORE", "reason": "below_minimum"},
        {"code": "POST", "reason": "nothing_qualifies"},
    ]
    url = f"/v1/carts/{guest.cart}/items/85123A"
    filled = await guest.client.put(url, json={"quantity": 2}, headers=guest.headers)
    assert amounts(filled)["discount"] == 59
    assert (await changed(guest, "DELETE", "/codes/MORE")).json()["refused_codes"] == [
        {"code": "POST", "reason": "nothing_qualifies"}
    ]


async def test_a_cart_holds_few_codes(customer: Buyer, shop: MemoryShop) -> None:
    for n in range(MAX_CODES + 1):
        shop.promotions.put(a_promotion(n, FixedAmount(Money(1, "GBP")), code=f"CODE{n}"))
        answer = await changed(customer, "PUT", f"/codes/CODE{n}")
    assert problem(answer) == (422, "too-many-codes")
    cart = (await changed(customer, "GET")).json()
    assert len(cart["promotions"]) == MOST_TOGETHER
    reasons = [refused["reason"] for refused in cart["refused_codes"]]
    assert reasons == ["not_combined"] * (MAX_CODES - MOST_TOGETHER)


async def test_an_address_that_costs_the_same_needs_no_second_look(customer: Buyer) -> None:
    """Prices contain the tax: another rate changes the tax, and nothing that is paid."""
    placed = await customer.order(shipping_address=GERMANY)
    assert placed.status_code == 201
    assert amounts(placed) | {"tax": 402, "total": 2520} == amounts(placed)


async def test_an_address_that_costs_more_brings_the_cart_for_it(customer: Buyer) -> None:
    await changed(customer, "PATCH", delivery_method="standard")
    refused = await customer.order(shipping_address=GERMANY)
    assert problem(refused) == (412, "cart-changed")
    cart = refused.json()["cart"]
    assert (cart["country"], cart["amounts"]["shipping"]["amount"]) == ("DE", 2700)
    assert cart["total"] == {"amount": 2520 + 2700, "currency": "GBP"}
    customer.etag = refused.headers["etag"]
    placed = await customer.order(shipping_address=GERMANY)
    assert (placed.status_code, placed.json()["total"]) == (201, cart["total"])


async def test_the_last_use_that_went_meanwhile_brings_the_cart_without_it(
    customer: Buyer, shop: MemoryShop
) -> None:
    promotion = a_promotion(1, TENTH, limit=1)
    shop.promotions.put(promotion)
    await changed(customer, "GET")
    shop.promotions.uses[promotion.id, ""] = 1
    refused = await customer.order()
    assert problem(refused) == (412, "cart-changed")
    assert refused.json()["cart"]["promotions"] == []


async def test_a_use_is_given_back_when_the_order_is_cancelled(
    customer: Buyer, shop: MemoryShop
) -> None:
    promotion = a_promotion(1, TENTH, limit=1)
    shop.promotions.put(promotion)
    await changed(customer, "GET")
    placed = await customer.order()
    assert shop.promotions.uses[promotion.id, ""] == 1
    cancel = f"{placed.headers['location']}/cancellation"
    assert (await customer.client.post(cancel, headers=customer.headers)).status_code == 200
    assert shop.promotions.uses[promotion.id, ""] == 0


async def test_a_promotion_that_ends_changes_the_cart(customer: Buyer, shop: MemoryShop) -> None:
    promotion = a_promotion(1, TENTH)
    shop.promotions.put(promotion)
    await changed(customer, "GET")
    shop.promotions.put(replace(promotion, ends_at=shop.now))
    assert problem(await customer.order()) == (412, "cart-changed")


async def test_signing_in_keeps_the_customers_delivery_and_codes(
    customer: Buyer, guest: Buyer, shop: MemoryShop
) -> None:
    shop.promotions.put(a_promotion(1, TENTH, code="TENTH"))
    await changed(guest, "PUT", "/codes/TENTH")
    await changed(customer, "PATCH", country="DE")
    headers = customer.headers | guest.headers
    url, body = f"/v1/carts/{customer.cart}/merge", {"guest_cart_id": guest.cart}
    merged = (await customer.client.post(url, json=body, headers=headers)).json()
    assert (merged["country"], merged["promotions"]) == ("DE", [])


async def test_a_guest_orders_by_express(guest: Buyer) -> None:
    await changed(guest, "PATCH", delivery_method="express")
    placed = await guest.order(contact=CONTACT_BODY)
    assert placed.json()["delivery_method"] == "express"
    assert amounts(placed)["total"] == 295 + 600
