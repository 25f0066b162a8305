"""Every change that the staff and machines can make, each made once and for real.

`test_audit_trail.py` then looks for the entry of each. An operation that is neither here nor named
as having none fails the test.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from catalog.testing_media import picture_bytes
from tests.e2e.shop import PASSWORD, SKU, Shop, eventually

_CART = "a cart says what its owner thinks of buying; nobody reaches another's, and it has no past"
# Changes without an entry, and why.
WITHOUT_ENTRY: Mapping[str, str] = {
    "finish_picture_upload": "it says that bytes are there; the picture is start_picture_upload's",
    "register_user": "whoever calls opens an account of their own, with nobody's rights",
    **dict.fromkeys(
        (
            *("create_cart", "replace_cart_items", "put_cart_item", "remove_cart_item"),
            *("merge_cart", "change_cart", "use_code", "drop_code"),
        ),
        _CART,
    ),
}


@dataclass(frozen=True)
class Change:
    """A change that was made; `target` is what the entry must name, where the test knows it."""

    operation: str
    actor: str
    request_id: str
    target: str | None


@dataclass(frozen=True)
class Staff:
    """Somebody of the staff, signed in, or the machine."""

    shop: Shop
    id: str

    def changed(self, operation: str, answer: httpx.Response, target: str | None) -> Change:
        """The change that this answer tells of; fails when there was none."""
        assert answer.is_success, (operation, answer.text)
        return Change(operation, self.id, answer.headers["x-request-id"], target)


async def staff(shop: Shop, role: str) -> Staff:
    """Signs in as the demo account of a role."""
    signed_in = await shop.sign_in(f"{role}@souk.example")
    me = await signed_in.call("GET", "/v1/users/me")
    return Staff(signed_in, me.json()["id"])


async def about_products(merchandiser: Staff) -> AsyncIterator[Change]:
    """Creates a product, changes and prices it, imports it again and withdraws it."""
    shop, code = merchandiser.shop, f"98{secrets.randbelow(1_000):03}"
    variant = {"sku": f"{code}A", "name": "Lamp", "price": {"amount": 100, "currency": "GBP"}}
    body: dict[str, Any] = {
        "code": code,
        "name": f"LAMP {secrets.token_hex(4)}",
        "variants": [variant],
    }
    made = await shop.call("POST", "/v1/products", body, Idempotency_Key=code)
    product_id, path = made.json().get("id"), made.headers.get("location", "")
    yield merchandiser.changed("create_product", made, product_id)
    etag = made.headers["etag"]
    changed = await shop.call("PATCH", path, {"description": "Bright."}, If_Match=etag)
    yield merchandiser.changed("change_product", changed, product_id)
    etag, price = changed.headers["etag"], {"amount": 90, "currency": "GBP"}
    priced = await shop.call("PUT", f"{path}/variants/{code}A/price", price, If_Match=etag)
    yield merchandiser.changed("change_price", priced, product_id)
    batch = {"products": [{**body, "variants": [{**variant, "price": {**price, "amount": 80}}]}]}
    imported = await shop.call("POST", "/v1/product-batches", batch)
    yield merchandiser.changed("import_products", imported, product_id)
    async for change in _about_a_picture(merchandiser, path, product_id):
        yield change
    yield merchandiser.changed("withdraw_product", await shop.call("DELETE", path), product_id)


async def _about_a_picture(
    merchandiser: Staff, path: str, product_id: str
) -> AsyncIterator[Change]:
    """Uploads a picture through the gateway, waits for the worker, and removes it again."""
    shop, data = merchandiser.shop, picture_bytes(200, 100)
    asked = {"content_type": "image/png", "size_bytes": len(data), "alt": "A lamp"}
    started = await shop.call(
        "POST", f"{path}/picture-uploads", asked, Idempotency_Key=secrets.token_hex(8)
    )
    request = started.json()["request"]
    put = await shop.client.put(request["url"], content=data, headers=request["headers"])
    assert put.status_code == 200, put.text
    await shop.call("POST", started.json()["_links"]["finish"]["href"])

    async def ended() -> dict[str, Any]:
        return dict((await shop.call("GET", started.headers["location"])).json())

    upload = await eventually(ended, lambda seen: seen["status"] == "attached")
    yield merchandiser.changed("start_picture_upload", started, product_id)
    product = (await shop.call("GET", path.replace("/v1/", "/v2/"))).json()
    shown = await shop.client.get(product["pictures"][0]["renditions"][0]["href"])
    assert shown.headers["content-type"] == "image/webp"
    assert shown.headers["x-content-type-options"] == "nosniff"
    removed = await shop.call("DELETE", f"{path}/pictures/{upload['picture_id']}")
    yield merchandiser.changed("remove_picture", removed, product_id)


async def about_promotions(merchandiser: Staff) -> AsyncIterator[Change]:
    """Makes a promotion, limits it and ends it; with its code it touches no other test's cart."""
    shop, code = merchandiser.shop, f"AUDIT-{secrets.token_hex(6).upper()}"
    body = {"name": "Ten", "code": code, "benefit": {"kind": "percentage", "percent": 10}}
    made = await shop.call("POST", "/v1/promotions", body, Idempotency_Key=code)
    promotion_id, path = made.json().get("id"), made.headers.get("location", "")
    yield merchandiser.changed("create_promotion", made, promotion_id)
    changed = await shop.call("PATCH", path, {"limit": 5}, If_Match=made.headers["etag"])
    yield merchandiser.changed("change_promotion", changed, promotion_id)
    yield merchandiser.changed("end_promotion", await shop.call("DELETE", path), promotion_id)


async def about_stock(warehouse: Staff) -> AsyncIterator[Change]:
    """Puts one unit more on the shelf."""
    body = {"reason": "found", "lines": [{"sku": SKU, "delta": 1}]}
    key = secrets.token_hex(8)
    made = await warehouse.shop.call("POST", "/v1/stock-adjustments", body, Idempotency_Key=key)
    yield warehouse.changed("adjust_stock", made, made.json().get("id"))


async def about_money(support: Staff) -> AsyncIterator[Change]:
    """Orders, captures, refunds; orders again, voids, and cancels."""
    shop = support.shop
    first, second = await shop.order({SKU: 1}), await shop.order({SKU: 1})
    yield support.changed("place_order", first, first.json()["id"])
    taken, held = [await _payment(shop, order.json()["id"]) for order in (first, second)]
    for operation, payment_id, noun in (
        ("capture_payment", taken, "captures"),
        ("refund_payment", taken, "refunds"),
        ("void_payment", held, "voids"),
    ):
        path, key = f"/v1/payments/{payment_id}/{noun}", secrets.token_hex(8)
        body: Any = None if noun == "voids" else {}
        answer = await shop.call("POST", path, body, Idempotency_Key=key)
        yield support.changed(operation, answer, payment_id)
        await _done(shop, answer.headers["location"])
    key = secrets.token_hex(8)
    compared = await shop.call("POST", "/v1/payments/reconciliations", {}, Idempotency_Key=key)
    yield support.changed("start_reconciliation", compared, compared.json().get("id"))
    cancelled = await shop.call("POST", f"{second.headers['location']}/cancellation")
    yield support.changed("cancel_order", cancelled, second.json()["id"])


async def about_an_order(warehouse: Staff, support: Staff) -> AsyncIterator[Change]:
    """Packs, ships and delivers an order; takes one unit back, refuses another, and refunds."""
    order_id = (await support.shop.order({SKU: 3})).json()["id"]
    order: dict[str, Any] = {}

    async def move(who: Staff, operation: str, path: str, body: Any = None) -> Change:
        key, where = secrets.token_hex(8), f"/v1/orders/{order_id}{path}"
        answer = await who.shop.call("POST", where, body, Idempotency_Key=key)
        order.update(answer.json())
        return who.changed(operation, answer, order_id)

    yield await move(warehouse, "pack_order", "/packing")
    yield await move(warehouse, "ship_order", "/shipments", {})
    shipment = order["shipments"][0]["id"]
    yield await move(warehouse, "deliver_shipment", f"/shipments/{shipment}/delivery")
    one = {"lines": [{"sku": SKU, "quantity": 1}], "reason": "Arrived broken"}
    yield await move(support, "request_return", "/returns", one)
    await move(support, "request_return", "/returns", one)
    first, second = (f"/returns/{made['id']}" for made in order["returns"])
    yield await move(support, "receive_return", f"{first}/receipt")
    used = {"reason": "It has been used"}
    yield await move(support, "refuse_return", f"{second}/refusal", used)

    async def paid() -> bool:
        seen = (await support.shop.call("GET", f"/v1/orders/{order_id}")).json()
        return bool(seen["captured"]["amount"])

    await eventually(paid, bool)
    amount = {"amount": 10, "currency": "GBP"}
    refund = {"amount": amount, "reason": "Goodwill"}
    yield await move(support, "refund_order", "/refunds", refund)


async def about_accounts(operator: Staff) -> AsyncIterator[Change]:
    """Brings in a customer of another system."""
    body = {"email": f"{secrets.token_hex(8)}@example.com", "name": "Ida Imported"}
    made = await operator.shop.call("POST", "/v1/users/imports", body)
    yield operator.changed("import_user", made, made.json().get("id"))


async def about_clients(admin: Staff) -> AsyncIterator[Change]:
    """Registers a client, changes and removes it."""
    shop = admin.shop
    body = {
        "client_name": "Price watcher",
        "grant_types": ["authorization_code"],
        "scopes": ["profile"],
        "redirect_uris": ["https://prices.example/callback"],
    }
    made = await shop.call("POST", "/v1/clients", body)
    path, client_id = made.headers.get("location", ""), made.json().get("client_id")
    yield admin.changed("register_client", made, client_id)
    changed = await shop.call("PATCH", path, {"client_name": "Watcher of prices"})
    yield admin.changed("change_client", changed, client_id)
    yield admin.changed("remove_client", await shop.call("DELETE", path), client_id)


async def about_webhooks(admin: Staff) -> AsyncIterator[Change]:
    """Registers a webhook that nobody answers, changes it, sends to it again and removes it."""
    shop, kind = admin.shop, "orders.order_placed.v1"
    body = {"url": "https://merchant.invalid/in", "event_types": [kind]}
    key = secrets.token_hex(8)
    made = await shop.call("POST", "/v1/webhooks", body, Idempotency_Key=key)
    path, webhook_id = made.headers.get("location", ""), made.json().get("id")
    yield admin.changed("create_webhook", made, webhook_id)
    changed = await shop.call("PATCH", path, {"description": "The warehouse's"})
    yield admin.changed("change_webhook", changed, webhook_id)
    rotated = await shop.call("POST", f"{path}/secret-rotations")
    yield admin.changed("rotate_webhook_secret", rotated, webhook_id)
    await shop.order({SKU: 1})

    async def delivery() -> str:
        items = (await shop.call("GET", f"{path}/deliveries")).json()["items"]
        return str(items[0]["_links"]["redelivery"]["href"]) if items else ""

    again = await shop.call("POST", await eventually(delivery, bool))
    yield admin.changed("redeliver_webhook_delivery", again, webhook_id)
    yield admin.changed("remove_webhook", await shop.call("DELETE", path), webhook_id)


async def about_keys(admin: Staff) -> AsyncIterator[Change]:
    """Rotates the key that signs; where one was rotated just now, that change stands for it."""
    answer = await admin.shop.call("POST", "/v1/signing-key-rotations")
    if answer.status_code != 409:
        yield admin.changed("rotate_signing_key", answer, answer.json().get("kid"))
        return
    path = "/v1/audit-entries?operation=rotate_signing_key&limit=1"
    (last,) = (await admin.shop.call("GET", path)).json()["items"]
    yield Change("rotate_signing_key", last["actor"], last["request_id"], last["target"])


async def about_oneself(warehouse: Staff) -> AsyncIterator[Change]:
    """Renames oneself, chooses mails, ends sessions, and sets the password again."""
    shop, me = warehouse.shop, warehouse.id
    profile = await shop.call("GET", "/v1/users/me")
    name = {"name": profile.json()["name"]}
    yield warehouse.changed(
        "change_own_profile", await shop.call("PATCH", "/v1/users/me", name), me
    )
    mails = await shop.call("PATCH", "/v1/notification-preferences", {"kinds": None})
    yield warehouse.changed("change_notification_preferences", mails, me)
    await shop.sign_in("warehouse@souk.example")
    sessions = (await shop.call("GET", "/v1/users/me/sessions")).json()["items"]
    other = next(found["id"] for found in sessions if not found["current"])
    ended = await shop.call("DELETE", f"/v1/users/me/sessions/{other}")
    yield warehouse.changed("end_own_session", ended, other)
    passwords = {"current_password": PASSWORD, "new_password": PASSWORD}
    changed = await shop.call("POST", "/v1/users/me/password-changes", passwords)
    yield warehouse.changed("change_own_password", changed, me)
    ended = await shop.call("DELETE", "/v1/users/me/sessions?keep_current=true")
    yield warehouse.changed("end_own_sessions", ended, me)


async def _payment(shop: Shop, order_id: str) -> str:
    async def look() -> str:
        items = (await shop.call("GET", f"/v1/payments?order_id={order_id}")).json()["items"]
        return str(items[0]["id"]) if items and items[0]["status"] == "authorised" else ""

    return await eventually(look, bool)


async def _done(shop: Shop, operation: str) -> None:
    async def status() -> str:
        return str((await shop.call("GET", operation)).json()["stage"])

    assert await eventually(status, lambda seen: seen != "waiting") != "failed"
