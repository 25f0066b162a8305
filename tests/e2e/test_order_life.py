"""An order's whole life through the gateway: bought, shipped in parts, returned, refunded, told."""

from typing import Any

from tests.e2e.order_steps import followed, seen, until
from tests.e2e.shop import SKU, Shop, eventually

OTHER = "71053"


async def stock(warehouse: Shop, sku: str) -> dict[str, int]:
    body = (await warehouse.call("GET", f"/v1/stock/{sku}")).json()
    return {name: body[name] for name in ("available", "sold", "returned")}


async def delivered_in_two_parts(customer: Shop, warehouse: Shop, order_id: str) -> dict[str, Any]:
    """Packs the order, ships two units and then the rest, and has both arrive."""
    order = await followed(warehouse, await seen(warehouse, order_id), "pack")
    assert "cancel" not in (await seen(customer, order_id))["_links"]
    some = {"lines": [{"sku": SKU, "quantity": 2}], "carrier": "Royal Mail", "tracking": "AB1"}
    order = await followed(warehouse, order, "ship", some)
    assert order["status"] == "partially_shipped"
    order = await followed(warehouse, order, "ship", {})
    assert order["status"] == "shipped"
    for number in range(2):
        order = await followed(warehouse, order["shipments"][number], "deliver")
    assert order["status"] == "delivered"
    return order


async def came_to(caller: Shop, order_id: str, name: str, amount: int) -> dict[str, Any]:
    """The order once so much was captured or refunded."""
    return await until(caller, order_id, lambda body: bool(body[name]["amount"] == amount))


async def test_an_order_is_shipped_in_parts_returned_in_part_and_refunded_to_the_penny(
    customer: Shop, warehouse: Shop, support: Shop
) -> None:
    before = await stock(warehouse, SKU)
    bought = (await customer.order({SKU: 3, OTHER: 1})).json()
    assert bought["status"] == "confirmed", bought
    order_id, total = bought["id"], bought["total"]["amount"]
    await delivered_in_two_parts(customer, warehouse, order_id)
    paid = await came_to(customer, order_id, "captured", total)
    assert {parcel["charge"]["status"] for parcel in paid["shipments"]} == {"captured"}
    one = {"lines": [{"sku": SKU, "quantity": 1}], "reason": "Arrived broken"}
    await followed(customer, paid, "return", one)
    asked = (await seen(support, order_id))["returns"][0]
    received = await followed(support, asked, "receive")
    assert received["returns"][0]["refund"] == {"amount": 295, "currency": "GBP"}
    refunded = await came_to(customer, order_id, "refunded", 295)
    assert (refunded["status"], refunded["refunds"][0]["status"]) == ("delivered", "done")
    restocked = {"available": before["available"] - 2, "sold": before["sold"] + 3}
    returned = {"returned": before["returned"] + 1}
    await eventually(lambda: stock(warehouse, SKU), lambda now: now == restocked | returned)
    rest = await followed(support, await seen(support, order_id), "refund", {"reason": "Goodwill"})
    assert rest["refunds"][1]["amount"]["amount"] == total - 295
    await came_to(customer, order_id, "refunded", total)
    balance = (await support.call("GET", "/v1/ledger/balance")).json()
    assert sum(account["balance"]["amount"] for account in balance["accounts"]) == 0


async def test_an_order_is_changed_only_as_it_was_seen(customer: Shop) -> None:
    order_id = (await customer.order({SKU: 1})).json()["id"]
    path = f"/v1/orders/{order_id}"
    tag = (await customer.call("GET", path)).headers["etag"]
    late = await customer.call("POST", f"{path}/cancellation", If_Match='"as it was"')
    assert (late.status_code, late.headers["etag"]) == (412, tag)
    assert late.json()["type"].endswith("/order-changed")
    done = await customer.call("POST", f"{path}/cancellation", If_Match=tag)
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")


async def test_a_timeline_tells_all_that_happened_to_an_order(customer: Shop, shop: Shop) -> None:
    placed = await customer.order({SKU: 1})
    order = placed.json()
    path = order["_links"]["timeline"]["href"]

    async def told() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await customer.call("GET", path)).json()["items"]
        return items

    def mailed(items: list[dict[str, Any]]) -> bool:
        return any(item["kind"] == "mail" for item in items)

    items = await eventually(told, mailed)
    names = [item["name"] for item in items if item["kind"] != "mail"]
    assert names == [
        "place_order",
        "orders.order_placed.v1",
        "inventory.reserve_stock.v1",
        "inventory.stock_reserved.v1",
        "payments.authorise_payment.v1",
        "payments.payment_authorised.v1",
        "inventory.commit_stock.v1",
        "inventory.stock_committed.v1",
        "orders.order_confirmed.v1",
    ]
    assert {item["request_id"] for item in items[:-1]} == {placed.headers["x-request-id"]}
    assert len({item["message_id"] for item in items if item["message_id"]}) == len(items) - 1
    assert (items[0]["actor"], items[2]["attempt"]) == ("customer", 1)
    stranger = await shop.as_guest().call("GET", path)
    assert stranger.status_code == 404
