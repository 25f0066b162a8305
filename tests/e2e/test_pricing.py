"""A purchase with everything that makes a total: a code, express delivery, a country with a tax of
its own. The sums are exact from the cart to the money that the provider holds.
"""

import secrets
from typing import Any

from tests.e2e.shop import ADDRESS, SKU, Shop, eventually

FRANKFURT = ADDRESS | {"city": "Frankfurt", "postcode": "60311", "country": "DE"}


async def a_code(merchandiser: Shop) -> str:
    """A promotion of 15 % that one order may use."""
    code = f"E2E-{secrets.token_hex(6).upper()}"
    benefit = {"kind": "percentage", "percent": 15}
    body = {"name": "Fifteen per cent", "code": code, "benefit": benefit, "limit": 1}
    made = await merchandiser.call("POST", "/v1/promotions", body, Idempotency_Key=code)
    assert made.status_code == 201, made.text
    return code


async def test_code_delivery_and_tax_add_up_to_the_amount_that_is_authorised(
    customer: Shop, merchandiser: Shop, support: Shop
) -> None:
    code = await a_code(merchandiser)
    path, _ = await customer.cart({SKU: 3, "71053": 2})
    terms = {"delivery_method": "express", "country": "DE"}
    assert (await customer.call("PATCH", path, terms)).status_code == 200
    cart = await customer.call("PUT", f"{path}/codes/{code}")
    assert [each["code"] for each in cart.json()["promotions"]] == [code]
    placed = await customer.place(path, cart.headers["etag"], shipping_address=FRANKFURT)
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert order["amounts"] == cart.json()["amounts"]
    amounts = {name: value["amount"] for name, value in _moneys(order["amounts"])}
    subtotal = sum(line["total"]["amount"] for line in order["lines"])
    discount = (2 * subtotal * 15 + 100) // 200
    assert (amounts["subtotal"], amounts["discount"]) == (subtotal, discount)
    assert amounts["shipping"] == 2395
    assert amounts["total"] == subtotal - discount + 2395
    assert amounts["tax"] == (2 * amounts["total"] * 19 + 119) // 238
    paid = [line["total_after"]["amount"] for line in order["lines"]]
    assert sum(paid) + amounts["shipping"] == amounts["total"]
    taxes = [line["tax"]["amount"] for line in order["lines"]]
    assert sum(taxes) + amounts["shipping_tax"] == amounts["tax"]
    assert order["parcels"] and order["delivery_method"] == "express"

    async def held() -> list[dict[str, Any]]:
        answer = await support.call("GET", f"/v1/payments?order_id={order['id']}")
        return list(answer.json()["items"])

    (payment,) = await eventually(held, bool)
    assert payment["amount"] == order["total"] == order["amounts"]["total"]
    refused = await customer.call("PUT", f"{(await customer.cart({SKU: 1}))[0]}/codes/{code}")
    assert (refused.status_code, refused.json()["reason"]) == (422, "used_up")


def _moneys(amounts: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, value) for name, value in amounts.items() if isinstance(value, dict)]
