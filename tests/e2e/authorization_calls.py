"""How each operation is called for the matrix: as whom, with which path, and with a harmless body.

A caller without the right is stopped before anything else is looked at. So a request that is
unfit otherwise, or that names what is not there, shows as well that the right was there.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from auth.domain.rights import ROLE_SCOPES, Role
from native.authorization import Operation
from native.record import Record
from native.shop.operator import ASSERTION_TYPE, CLIENT
from native.shop.signing import Signer
from tests.e2e.authorization_by_hand import OWNED
from tests.e2e.order_steps import PATIENCE, delivered, did, until
from tests.e2e.shop import ADDRESS, PASSWORD, SKU, SLUG, Shop, eventually

UNKNOWN = "01990000-0000-7000-8000-00000000dead"
INSUFFICIENT, UNMATCHED = "/problems/insufficient-scope", "/problems/not-found"
STAFF = (Role.SUPPORT, Role.MERCHANDISER, Role.WAREHOUSE, Role.ADMIN)
# The machine has one of these; for each operation the one that does not suffice.
MACHINE_SCOPES = ("messages:read_all", "stock:read")


@dataclass(frozen=True)
class Caller:
    """Somebody who calls, and the scopes that their token has."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[str] | None = None


@dataclass(frozen=True)
class Things:
    """What the owner has: a cart to change, another to order, an order and what became of it."""

    cart_id: str
    order_cart_id: str
    order_cart_etag: str
    guest_cart_id: str
    guest_token: str
    order_id: str
    payment_id: str
    message_id: str
    shipment_id: str
    return_id: str
    refund_id: str
    key: str = field(default_factory=lambda: secrets.token_hex(8))

    def named(self, name: str, operation: Operation) -> str:
        """The value of a path parameter; what all may see is there for those who only read."""
        if operation.service == "catalog":
            slug = SLUG if operation.method == "GET" else "no-such-thing"
            known = {"sku": SKU, "slug": slug, "upload_id": UNKNOWN, "picture_id": "0" * 64}
            return "candle-holders" if "categories" in operation.path else known[name]
        return str({"sku": SKU, "code": "WELCOME10", **self.__dict__}.get(name, UNKNOWN))


@dataclass(frozen=True)
class Request:
    """What is sent."""

    path: str
    body: Any
    headers: Mapping[str, str]


def request_for(operation: Operation, things: Things) -> Request:
    """The same request for everybody."""
    path = re.sub(r"{(\w+)}", lambda found: things.named(found[1], operation), operation.path)
    if operation.name == "end_own_sessions":
        path += "?keep_current=perhaps"
    if operation.name == "follow_order":
        path += "?seconds=0"
    return Request(path, _body(operation, things), _headers(operation, things))


def _body(operation: Operation, things: Things) -> Any:
    match operation.name:
        case "replace_cart_items":
            return {"items": [{"sku": SKU, "quantity": 1}]}
        case "put_cart_item":
            return {"quantity": 2}
        case "merge_cart":
            return {"guest_cart_id": things.guest_cart_id}
        case "request_return":
            return {"lines": [{"sku": SKU, "quantity": 1}], "reason": "Arrived broken"}
        case "place_order":
            payment = {"token": "tok_visa"}
            return {
                "cart_id": things.order_cart_id,
                "payment": payment,
                "shipping_address": ADDRESS,
            }
    return {} if operation.method in ("POST", "PUT", "PATCH") else None


def _headers(operation: Operation, things: Things) -> dict[str, str]:
    match operation.name:
        case "merge_cart":
            return {"Cart-Token": things.guest_token}
        case "place_order":
            return {"If-Match": things.order_cart_etag, "Idempotency-Key": things.key}
        case "request_return":
            return {"Idempotency-Key": things.key}
    return {}


def verdict(operation: Operation, caller: Caller, answer: httpx.Response) -> str | None:
    """None when the answer is what the table says, else what is wrong."""
    wanted = _wanted(operation, caller)
    seen = _seen(answer)
    if seen == wanted or (
        wanted == "allowed" and seen == "missing" and operation.name not in OWNED
    ):
        return None
    got = f"{answer.status_code} {answer.text[:200]}"
    return f"{caller.name} {operation.name}: {wanted} expected, {got}"


def _wanted(operation: Operation, caller: Caller) -> str:
    if caller.scopes is None:
        return "allowed" if operation.public else "unknown caller"
    if not operation.allows(caller.scopes):
        return "forbidden"
    lifts = OWNED.get(operation.name)
    if operation.name in OWNED and caller.name != "owner" and lifts not in caller.scopes:
        return "missing"
    return "allowed"


def _seen(answer: httpx.Response) -> str:
    kind = ""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        kind = answer.json()["type"]
    if answer.status_code == 401:
        return "unknown caller"
    if answer.status_code == 403 and kind == INSUFFICIENT:
        return "forbidden"
    if answer.status_code == 404 and kind != UNMATCHED:
        return "missing"
    if kind == UNMATCHED or answer.status_code in (403, 405, 429) or answer.status_code >= 500:
        return f"{answer.status_code}"
    return "allowed"


async def callers(stack: Record, shop: Shop) -> list[Caller]:
    """All who call, but for the machine, whose scope depends on the operation."""
    email = f"stranger-{secrets.token_hex(6)}@example.com"
    body = {"email": email, "password": PASSWORD, "name": "Sasha Stranger"}
    registered = await shop.call("POST", "/v1/users", body)
    assert registered.status_code == 201, registered.text
    mine = ROLE_SCOPES[Role.CUSTOMER]
    found = [
        Caller("anonymous"),
        Caller("owner", (await shop.sign_in("customer@souk.example")).headers, mine),
        Caller("another customer", (await shop.sign_in(email)).headers, mine),
    ]
    for role in STAFF:
        signed_in = await shop.sign_in(f"{role}@souk.example")
        found.append(Caller(role, signed_in.headers, ROLE_SCOPES[role]))
    return found


async def machine(stack: Record, shop: Shop, scope: str) -> Caller:
    """The operator with one scope alone (RFC 7523)."""
    assertion = Signer(stack.operator_jwk).assertion(
        issuer=CLIENT, subject=CLIENT, audience=stack.gateway_url
    )
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": scope,
    }
    answer = await shop.client.post("/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return Caller("machine", headers, frozenset({scope}))


async def things_of(owner: Shop, support: Shop, warehouse: Shop) -> Things:
    """Makes all of it."""
    placed = await owner.order({SKU: 3}, wait=1)
    assert placed.status_code == 201, placed.text
    order_id = placed.json()["id"]
    parts = await _live(order_id, owner, support, warehouse)
    cart, _ = await owner.cart({SKU: 1})
    to_order, etag = await owner.cart({SKU: 1})
    guest = owner.as_guest()
    guest_cart, _ = await guest.cart({SKU: 1})

    async def first(path: str) -> str | None:
        items = (await support.call("GET", f"{path}?order_id={order_id}")).json()["items"]
        return items[0]["id"] if items else None

    payment_id = await eventually(lambda: first("/v1/payments"), bool)
    message_id = await eventually(lambda: first("/v1/messages"), bool)
    return Things(
        cart_id=_last(cart),
        order_cart_id=_last(to_order),
        order_cart_etag=etag,
        guest_cart_id=_last(guest_cart),
        guest_token=guest.headers["Cart-Token"],
        order_id=order_id,
        payment_id=payment_id or "",
        message_id=message_id or "",
        shipment_id=parts["shipments"][0]["id"],
        return_id=parts["returns"][0]["id"],
        refund_id=parts["refunds"][0]["id"],
    )


async def _live(order_id: str, owner: Shop, support: Shop, warehouse: Shop) -> dict[str, Any]:
    """Ships the order, asks for a return and gives some money back; the order as it is then."""
    await delivered(owner, warehouse, order_id, {})
    lines = [{"sku": SKU, "quantity": 1}]
    await did(owner, order_id, "returns", {"lines": lines, "reason": "Arrived broken"})
    await until(owner, order_id, lambda body: bool(body["captured"]["amount"]), PATIENCE)
    goodwill = {"amount": {"amount": 10, "currency": "GBP"}, "reason": "Goodwill"}
    return await did(support, order_id, "refunds", goodwill)


def _last(path: str) -> str:
    return path.rsplit("/", 1)[1]
