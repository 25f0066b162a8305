"""A shop in memory behind httpx's mock transport, as far as import and replay need one.

It forgets nothing: idempotency keys, cart tokens and single-use assertions count as in the real
one, so that a test that does things twice sees what a user would see.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt

from native.record import Record
from native.shop.api import Api
from native.shop.meter import Meter
from native.shop.operator import Operator
from native.shop.session import Session
from native.shop.signing import Signer
from native.vault import _new_signing_key

ISSUER = "http://souk.test"
JWK = _new_signing_key()
SIGNER = Signer(JWK)
PUBLIC_KEY = jwt.PyJWK({k: JWK[k] for k in ("kty", "n", "e", "alg")}).key


@dataclass
class FakeShop:
    """Everything it was told. `faults` are answers given, once each, before the real ones.

    `pauses` are the seconds for which the client wanted to wait; nobody waits here.
    """

    prices: dict[str, int] = field(default_factory=dict)
    available: Counter[str] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)
    accounts: dict[str, str] = field(default_factory=dict)
    carts: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[tuple[str, str, str], str] = field(default_factory=dict)
    moves: dict[tuple[str, str], str] = field(default_factory=dict)
    jtis: set[str] = field(default_factory=set)
    requests: list[httpx.Request] = field(default_factory=list)
    faults: list[httpx.Response | Exception] = field(default_factory=list)
    reject: set[str] = field(default_factory=set)
    pauses: list[float] = field(default_factory=list)

    def session(self) -> Session:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url=ISSUER)
        api = Api(client, patience=5, sleep=self.pause)
        kept = Record("", 0, {}, False, True, ISSUER, "", "", {}, "", "", "", JWK)
        return Session(kept, api, Operator(api, SIGNER), Meter())

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def count(self, method: str, path: str) -> int:
        return sum(r.method == method and r.url.path == path for r in self.requests)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        for pattern, handler in ROUTES:
            found = re.fullmatch(pattern, f"{request.method} {request.url.path}")
            if found:
                return handler(self, request, *found.groups())
        return httpx.Response(404, json={"type": "/problems/not-found"})

    def metadata(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"issuer": ISSUER})

    def token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        subject = self._verified(form["client_assertion"])
        assert subject == form["client_id"] == "souk-operator"
        if "subject_token" in form:
            subject = self._verified(form["subject_token"])
            assert subject in self.accounts.values()
        return httpx.Response(200, json={"access_token": subject, "expires_in": 300})

    def _verified(self, token: str) -> str:
        claims = jwt.decode(token, PUBLIC_KEY, algorithms=["RS256"], audience=ISSUER)
        assert claims["iss"] == "souk-operator"
        assert claims["exp"] - claims["iat"] <= 60
        assert claims["jti"] not in self.jtis
        self.jtis.add(claims["jti"])
        return str(claims["sub"])

    def batch(self, request: httpx.Request) -> httpx.Response:
        counts = {"created": 0, "changed": 0, "unchanged": 0}
        for product in json.loads(request.content)["products"]:
            fresh = {v["sku"]: v["price"]["amount"] for v in product["variants"]}
            known = {sku: self.prices[sku] for sku in fresh if sku in self.prices}
            counts["unchanged" if known == fresh else "changed" if known else "created"] += 1
            self.prices |= fresh
        return httpx.Response(200, json=counts)

    def adjust(self, request: httpx.Request) -> httpx.Response:
        body = request.content.decode()
        if (known := self._repeated(request)) is not None:
            reused = {"type": "/problems/idempotency-key-reused"}
            return httpx.Response(201 if known == body else 422, json=reused)
        for line in json.loads(request.content)["lines"]:
            self.available[line["sku"]] += line["delta"]
        self._keep(request, body)
        return httpx.Response(201, json={})

    def stock(self, request: httpx.Request) -> httpx.Response:
        return self._page(
            request,
            [
                {
                    "sku": sku,
                    "available": self.available[sku],
                    "reserved": 0,
                    "sold": self.sold[sku],
                    "returned": self.returned[sku],
                }
                for sku in sorted(self.prices)
            ],
        )

    def price_page(self, request: httpx.Request) -> httpx.Response:
        rows = [
            {"sku": sku, "price": _gbp(price), "withdrawn": False}
            for sku, price in sorted(self.prices.items())
        ]
        return self._page(request, rows)

    def products(self, request: httpx.Request) -> httpx.Response:
        variants = [
            {"sku": sku, "price": _gbp(price), "in_stock": self.available[sku] > 0}
            for sku, price in sorted(self.prices.items())
        ]
        return self._page(request, [{"variants": [variant]} for variant in variants])

    def import_user(self, request: httpx.Request) -> httpx.Response:
        email = json.loads(request.content)["email"]
        known = self.accounts.setdefault(email, f"account-of-{email}")
        return httpx.Response(201, json={"id": known})

    def new_cart(self, request: httpx.Request) -> httpx.Response:
        if known := self._repeated(request):
            return httpx.Response(201, json={"id": known})
        cart = f"cart-{len(self.carts) + 1}"
        self.carts[cart] = {"owner": _owner(request), "items": []}
        self._keep(request, cart)
        return httpx.Response(201, json={"id": cart})

    def fill(self, request: httpx.Request, cart: str) -> httpx.Response:
        assert self.carts[cart]["owner"] == _owner(request)
        items = json.loads(request.content)["items"]
        self.carts[cart]["items"] = items
        shown = [{"sku": i["sku"], "unit_price": _gbp(self.prices[i["sku"]])} for i in items]
        return httpx.Response(200, json={"items": shown}, headers={"ETag": '"1"'})

    def place(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["If-Match"] == '"1"'
        if self._repeated(request):
            return httpx.Response(201, json={})
        body = json.loads(request.content)
        owner = _owner(request)
        assert self.carts[body["cart_id"]]["owner"] == owner
        is_guest = "Cart-Token" in request.headers
        assert is_guest == ("contact" in body)
        lines = [
            {**item, "unit_price": _gbp(self.prices[item["sku"]]), "returned_quantity": 0}
            for item in self.carts[body["cart_id"]]["items"]
        ]
        rejected = body["reference"] in self.reject
        order = {
            "id": f"order-{len(self.orders) + 1}",
            "reference": body["reference"],
            "customer_id": None if is_guest else owner,
            "status": "rejected" if rejected else "confirmed",
            "country": body["shipping_address"]["country"],
            "total": _gbp(sum(i["quantity"] * i["unit_price"]["amount"] for i in lines)),
            "lines": lines,
            "shipments": [],
            "returns": [],
            "refunds": [],
            "refunded": _gbp(0),
        }
        self.orders.append(order)
        self._keep(request, order["id"])
        if not rejected:
            self._settle(order)
        return httpx.Response(201, json={})

    def _settle(self, order: dict[str, Any]) -> None:
        for line in order["lines"]:
            self.available[line["sku"]] -= line["quantity"]
            self.sold[line["sku"]] += line["quantity"]
        self.mails.append({"order_id": order["id"]})

    def list_orders(self, request: httpx.Request) -> httpx.Response:
        status = request.url.params.get("status")
        rows = [o for o in self.orders if status in (None, o["status"])]
        return self._page(request, rows)

    def read_order(self, request: httpx.Request, order_id: str) -> httpx.Response:
        return httpx.Response(200, json=next(o for o in self.orders if o["id"] == order_id))

    def change_order(self, request: httpx.Request, order_id: str, what: str) -> httpx.Response:
        """Packs, ships, delivers, and takes returns in, once for each key.

        A key belongs to one place: the routes' templates are alike for all returns of an order.
        """
        order = next(o for o in self.orders if o["id"] == order_id)
        move = (what.rpartition("/")[2], request.headers["Idempotency-Key"])
        if self.moves.setdefault(move, request.url.path) != request.url.path:
            return httpx.Response(422, json={"type": "/problems/idempotency-key-reused"})
        if self._repeated(request) is None:
            body = json.loads(request.content) if request.content else {}
            _LIFE[what.rpartition("/")[2]](self, order, body, what)
            self._keep(request, "done")
        return httpx.Response(201, json=order)

    def pack(self, order: dict[str, Any], _body: Any, _path: str) -> None:
        assert order["status"] == "confirmed"
        order["status"] = "packed"

    def ship(self, order: dict[str, Any], _body: Any, _path: str) -> None:
        assert order["status"] == "packed"
        order["status"] = "shipped"
        order["shipments"].append({"id": "shipment-1", "delivered_at": None})

    def deliver(self, order: dict[str, Any], _body: Any, _path: str) -> None:
        assert order["status"] == "shipped"
        order["status"] = "delivered"
        order["shipments"][0]["delivered_at"] = "2010-12-24T00:00:00Z"

    def ask_back(self, order: dict[str, Any], body: Any, _path: str) -> None:
        assert order["status"] == "delivered"
        made = {"id": f"return-{len(order['returns'])}", "status": "requested", "restocked": False}
        order["returns"].append(made | body)

    def take_back(self, order: dict[str, Any], _body: Any, path: str) -> None:
        taken = next(r for r in order["returns"] if r["id"] == path.split("/")[1])
        taken |= {"status": "received", "restocked": True}
        for back in taken["lines"]:
            line = next(x for x in order["lines"] if x["sku"] == back["sku"])
            line["returned_quantity"] += back["quantity"]
            order["refunded"]["amount"] += back["quantity"] * line["unit_price"]["amount"]
            self.returned[back["sku"]] += back["quantity"]
            self.available[back["sku"]] += back["quantity"]

    def messages(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["template"] == "order_confirmed"
        return self._page(request, self.mails)

    def _page(self, request: httpx.Request, rows: list[Any]) -> httpx.Response:
        start = int(request.url.params.get("cursor", 0))
        end = start + int(request.url.params["limit"])
        following = str(request.url.copy_merge_params({"cursor": str(end)}))
        links = {"next": {"href": following}} if end < len(rows) else {}
        return httpx.Response(200, json={"items": rows[start:end], "_links": links})

    def _repeated(self, request: httpx.Request) -> str | None:
        """What was answered under this key before."""
        return self.keys.get(_place(request))

    def _keep(self, request: httpx.Request, answer: str) -> None:
        self.keys[_place(request)] = answer


def _place(request: httpx.Request) -> tuple[str, str, str]:
    return request.url.path, _owner(request), request.headers["Idempotency-Key"]


def _owner(request: httpx.Request) -> str:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return str(bearer or request.headers["Cart-Token"])


def _gbp(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "GBP"}


_LIFE: dict[str, Callable[..., None]] = {
    "packing": FakeShop.pack,
    "shipments": FakeShop.ship,
    "delivery": FakeShop.deliver,
    "returns": FakeShop.ask_back,
    "receipt": FakeShop.take_back,
}
ROUTES: list[tuple[str, Callable[..., httpx.Response]]] = [
    (r"GET /.well-known/oauth-authorization-server", FakeShop.metadata),
    (r"POST /oauth/token", FakeShop.token),
    (r"POST /v1/product-batches", FakeShop.batch),
    (r"POST /v1/stock-adjustments", FakeShop.adjust),
    (r"GET /v1/stock", FakeShop.stock),
    (r"GET /v1/prices", FakeShop.price_page),
    (r"GET /v1/products", FakeShop.products),
    (r"POST /v1/users/imports", FakeShop.import_user),
    (r"POST /v1/carts", FakeShop.new_cart),
    (r"PUT /v1/carts/([^/]+)/items", FakeShop.fill),
    (r"POST /v1/orders", FakeShop.place),
    (r"GET /v1/orders", FakeShop.list_orders),
    (r"GET /v1/orders/([^/]+)", FakeShop.read_order),
    (r"POST /v1/orders/([^/]+)/(.+)", FakeShop.change_order),
    (r"GET /v1/messages", FakeShop.messages),
]
