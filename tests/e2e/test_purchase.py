"""A purchase across all parts, and the ways in which one can end, on the real catalogue."""

import asyncio
import secrets
from typing import Any

from tests.e2e.shop import SKU, SLUG, Shop, eventually


async def stock_of(warehouse: Shop, sku: str) -> dict[str, Any]:
    answer = await warehouse.call("GET", f"/v1/stock/{sku}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def order_at(caller: Shop, path: str) -> dict[str, Any]:
    answer = await caller.call("GET", path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ledger_sum(support: Shop) -> int:
    answer = await support.call("GET", "/v1/ledger/balance")
    assert answer.status_code == 200, answer.text
    return sum(account["balance"]["amount"] for account in answer.json()["accounts"])


async def test_the_catalogue_is_the_real_one(shop: Shop) -> None:
    product = (await shop.call("GET", f"/v1/products/{SLUG}")).json()
    (variant,) = [v for v in product["variants"] if v["sku"] == SKU]
    assert variant["price"] == {"amount": 295, "currency": "GBP"}
    categories = (await shop.call("GET", "/v1/categories")).json()
    assert len(categories["items"]) >= 5


async def test_a_customer_buys_a_product_and_reads_the_confirmation(
    customer: Shop, warehouse: Shop, support: Shop
) -> None:
    before = await stock_of(warehouse, SKU)
    placed = await customer.order({SKU: 2})
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert order["status"] == "confirmed"
    assert order["total"] == {"amount": 590, "currency": "GBP"}
    after = await stock_of(warehouse, SKU)
    assert after["available"] == before["available"] - 2
    assert after["sold"] == before["sold"] + 2
    assert await ledger_sum(support) == 0
    await eventually(
        lambda: customer.mails("customer@souk.example"),
        lambda mails: any(order["id"] in str(mail) for mail in mails),
    )


async def test_a_guest_buys_with_a_secret_and_no_account(shop: Shop) -> None:
    guest, email = shop.as_guest(), f"guest-{secrets.token_hex(4)}@example.com"
    placed = await guest.order({SKU: 1}, contact={"email": email, "name": "Gwen Guest"})
    assert placed.status_code == 201, placed.text
    assert (await order_at(guest, placed.headers["location"]))["status"] == "confirmed"
    await eventually(lambda: guest.mails(email), lambda mails: len(mails) == 1)


async def test_a_declined_card_ends_the_order_and_frees_the_stock(
    customer: Shop, warehouse: Shop
) -> None:
    before = await stock_of(warehouse, SKU)
    placed = await customer.order({SKU: 3}, payment="tok_chargeDeclined")
    assert placed.status_code == 201, placed.text
    assert placed.json()["status"] == "rejected"
    assert placed.json()["rejection"]["reason"] == "payment_declined"
    await eventually(
        lambda: stock_of(warehouse, SKU),
        lambda stock: stock["available"] == before["available"] and stock["reserved"] == 0,
    )


async def test_an_order_of_more_than_the_stock_names_what_was_left(
    customer: Shop, warehouse: Shop, support: Shop
) -> None:
    before = await stock_of(warehouse, SKU)
    placed = await customer.order({SKU: before["available"] + 1})
    order = placed.json()
    assert (placed.status_code, order["status"]) == (201, "rejected")
    assert order["rejection"]["reason"] == "out_of_stock"
    (shortage,) = order["rejection"]["shortages"]
    assert (shortage["sku"], shortage["available"]) == (SKU, before["available"])
    assert await stock_of(warehouse, SKU) == before
    payments = await support.call("GET", f"/v1/payments?order_id={order['id']}")
    assert payments.json()["items"] == []


async def test_a_provider_that_times_out_after_charging_charges_once(
    customer: Shop, support: Shop
) -> None:
    placed = await customer.order({SKU: 1}, payment="tok_timeout")
    assert placed.status_code == 201
    location = placed.headers["location"]
    order = await eventually(
        lambda: order_at(customer, location), lambda order: order["status"] != "pending", 30
    )
    assert order["status"] == "confirmed"
    payments = (await support.call("GET", f"/v1/payments?order_id={order['id']}")).json()["items"]
    assert len(payments) == 1
    assert await ledger_sum(support) == 0


async def test_a_confirmed_order_can_be_cancelled_and_everything_comes_back(
    customer: Shop, warehouse: Shop, support: Shop
) -> None:
    before = await stock_of(warehouse, SKU)
    placed = await customer.order({SKU: 2})
    location = placed.headers["location"]
    links = (await order_at(customer, location))["_links"]
    cancelled = await customer.call("POST", links["cancel"]["href"], Idempotency_Key="c1")
    assert cancelled.status_code in (200, 201, 202), cancelled.text
    order = await order_at(customer, location)
    assert order["status"] == "cancelled"
    assert "cancel" not in order["_links"]
    await eventually(
        lambda: stock_of(warehouse, SKU),
        lambda stock: stock["available"] == before["available"],
    )
    assert await ledger_sum(support) == 0


async def test_a_captured_payment_can_be_refunded_in_part_and_the_buyer_is_told(
    customer: Shop, support: Shop
) -> None:
    order = (await customer.order({SKU: 2})).json()
    found = await support.call("GET", f"/v1/payments?order_id={order['id']}")
    path = f"/v1/payments/{found.json()['items'][0]['id']}"
    captured = await support.call(
        "POST", f"{path}/captures", {}, Idempotency_Key=secrets.token_hex(8)
    )
    assert captured.status_code in (201, 202), captured.text
    await eventually(
        lambda: order_at(support, path), lambda payment: payment["status"] == "captured"
    )
    body = {"amount": {"amount": 295, "currency": "GBP"}}
    refunded = await support.call(
        "POST", f"{path}/refunds", body, Idempotency_Key=secrets.token_hex(8)
    )
    assert refunded.status_code in (201, 202), refunded.text
    await eventually(lambda: order_at(support, path), lambda p: p["refunded"]["amount"] == 295)
    await eventually(
        lambda: customer.mails("customer@souk.example"),
        lambda mails: any(
            order["id"] in str(mail) and "refund" in str(mail).lower() for mail in mails
        ),
    )
    assert await ledger_sum(support) == 0


async def test_one_key_makes_one_order_however_often_it_is_sent(customer: Shop) -> None:
    path, etag = await customer.cart({SKU: 1})
    key = secrets.token_hex(8)
    answers = await asyncio.gather(
        *(customer.place(path, etag, key=key, wait=0) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = await customer.place(path, etag, key=key, wait=0)
    created = {a.headers["location"] for a in [*answers, again] if a.status_code == 201}
    assert again.status_code == 201
    assert len(created) == 1


async def test_a_changed_price_is_shown_before_it_is_charged(
    customer: Shop, merchandiser: Shop
) -> None:
    code = f"9{secrets.randbelow(10**4):04d}"
    made = await merchandiser.call(
        "POST",
        "/v1/products",
        {
            "code": code,
            "name": f"Test lantern {code}",
            "variants": [
                {"sku": code, "name": "Lantern", "price": {"amount": 500, "currency": "GBP"}}
            ],
        },
        Idempotency_Key=secrets.token_hex(8),
    )
    assert made.status_code == 201, made.text
    product = made.headers["location"]
    await eventually(lambda: status_of_cart(customer, code), lambda status: status == 200)
    path, etag = await customer.cart({code: 1})
    seen = await merchandiser.call("GET", product)
    moved = await merchandiser.call(
        "PUT",
        f"{product}/variants/{code}/price",
        {"amount": 700, "currency": "GBP"},
        If_Match=seen.headers["etag"],
    )
    assert moved.status_code == 200, moved.text
    await eventually(lambda: etag_of(customer, path), lambda current: current != etag)
    refused = await customer.place(path, etag)
    assert refused.status_code == 412, refused.text
    assert refused.json()["cart"]["total"]["amount"] == 700


async def status_of_cart(caller: Shop, sku: str) -> int:
    """200 once orders has heard of the product."""
    made = await caller.call("POST", "/v1/carts")
    path = made.headers["location"]
    filled = await caller.call("PUT", f"{path}/items/{sku}", {"quantity": 1})
    return filled.status_code


async def etag_of(caller: Shop, path: str) -> str:
    return (await caller.call("GET", path)).headers["etag"]
