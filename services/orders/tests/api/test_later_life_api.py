"""Orders over HTTP once they are confirmed: the warehouse, returns, refunds, links, timeline."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from httpx import AsyncClient, Response

from chassis.ids import uuid7
from orders.domain.order import Order
from orders.domain.returns import request_return
from orders.testing.buyer import GUEST_HEADERS, problem
from orders.testing.memory_shop import MemoryShop
from orders.testing.moments import NOW
from orders.testing.stages import HEARTS, confirmed, delivered, packed, shipped
from orders.testing.values import GUEST

Bearer = Callable[..., dict[str, str]]
WAREHOUSE = ("orders:read_all", "orders:fulfil")
SUPPORT = ("orders:read_all", "orders:cancel_all", "orders:return_all", "orders:refund")
BROKEN: dict[str, Any] = {"lines": [{"sku": "85123A", "quantity": 2}], "reason": "Arrived broken"}

RETURN = uuid7()


class Desk:
    """Somebody who does things to one order that the shop has."""

    def __init__(self, client: AsyncClient, headers: dict[str, str], order: Order) -> None:
        self.client, self.headers = client, headers
        self.path = f"/v1/orders/{order.id}"

    async def post(
        self, path: str, body: Any = None, key: str | None = None, **fields: str
    ) -> Response:
        headers = self.headers | fields | {"Idempotency-Key": key or str(uuid7())}
        return await self.client.post(f"{self.path}/{path}", json=body, headers=headers)

    async def get(self, path: str = "") -> Response:
        return await self.client.get(f"{self.path}{path}", headers=self.headers)

    async def links(self) -> set[str]:
        return set((await self.get()).json()["_links"]) - {"self", "timeline"}


@pytest.fixture
def at(client: AsyncClient, shop: MemoryShop, bearer: Bearer) -> Callable[..., Desk]:
    def desk(order: Order, *scopes: str) -> Desk:
        order.recorded.clear()
        shop.orders.stored[order.id] = order
        headers = bearer(subject=str(uuid7()), scopes=scopes) if scopes else bearer()
        return Desk(client, headers, order)

    return desk


async def test_an_order_is_packed_shipped_in_parts_and_delivered(at: Callable[..., Desk]) -> None:
    warehouse = at(confirmed(), *WAREHOUSE)
    assert (await warehouse.post("packing")).json()["status"] == "packed"
    parcel = {"lines": [{"sku": "85123A", "quantity": 6}], "carrier": "Royal Mail"}
    first = await warehouse.post("shipments", parcel)
    assert (first.status_code, first.json()["status"]) == (201, "partially_shipped")
    made = await warehouse.client.get(first.headers["location"], headers=warehouse.headers)
    assert made.json()["charge"]["amount"] == {"amount": 1770, "currency": "GBP"}
    last = (await warehouse.post("shipments", {})).json()
    assert last["status"] == "shipped"
    assert [line["shipped_quantity"] for line in last["lines"]] == [2, 6]
    for shipment in last["shipments"]:
        answer = await warehouse.post(f"shipments/{shipment['id']}/delivery")
    assert answer.json()["status"] == "delivered"
    assert await warehouse.links() == set()


async def test_a_shipment_is_repeated_safely_with_its_key(
    at: Callable[..., Desk], shop: MemoryShop
) -> None:
    warehouse, one = at(packed(), *WAREHOUSE), {"lines": [{"sku": "85123A", "quantity": 1}]}
    first, again = [await warehouse.post("shipments", one, "parcel") for _ in range(2)]
    assert first.headers["location"] == again.headers["location"]
    assert len(again.json()["shipments"]) == 1
    assert shop.types == ["order_shipped", "capture_payment"]
    other = await warehouse.post("shipments", {}, "parcel")
    assert problem(other) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("stage", "path", "body", "expected"),
    [
        (packed, "packing", None, (409, "order-cannot-be-packed")),
        (confirmed, "shipments", {}, (409, "order-cannot-be-shipped")),
        (packed, f"shipments/{uuid7()}/delivery", None, (409, "order-cannot-be-delivered")),
        (shipped, f"shipments/{uuid7()}/delivery", None, (404, "shipment-not-found")),
        (shipped, "returns", BROKEN, (409, "nothing-left")),
        (confirmed, "returns", BROKEN, (409, "order-cannot-be-returned")),
        (confirmed, "refunds", {"reason": "x"}, (409, "refund-too-large")),
        (delivered, f"returns/{uuid7()}/receipt", None, (404, "return-not-found")),
        (delivered, "cancellation", None, (409, "order-cannot-be-cancelled")),
        (delivered, "returns", {"lines": [], "reason": "x"}, (422, "validation-error")),
        (delivered, "returns", BROKEN | {"lines": BROKEN["lines"] * 2}, (422, "duplicate-sku")),
        (
            packed,
            "shipments",
            {"lines": [{"sku": "85123A", "quantity": 7}]},
            (409, "more-than-left"),
        ),
    ],
)
async def test_what_cannot_be_done_is_refused_by_its_name(
    at: Callable[..., Desk],
    stage: Callable[[], Order],
    path: str,
    body: Any,
    expected: tuple[int, str],
) -> None:
    assert problem(await at(stage(), *WAREHOUSE, *SUPPORT).post(path, body)) == expected


def with_a_return() -> Order:
    order = delivered()
    request_return(order, RETURN, HEARTS, "Broken", NOW)
    return order


SHIPPED = shipped()
SHIPMENT = SHIPPED.fulfilment.shipments[0].id


@pytest.mark.parametrize(
    ("stage", "path", "body"),
    [
        (confirmed, "cancellation", None),
        (confirmed, "packing", None),
        (packed, "shipments", {}),
        (lambda: deepcopy(SHIPPED), f"shipments/{SHIPMENT}/delivery", None),
        (delivered, "returns", BROKEN),
        (delivered, "refunds", {"reason": "Goodwill"}),
        (with_a_return, f"returns/{RETURN}/receipt", None),
        (with_a_return, f"returns/{RETURN}/refusal", {"reason": "Used"}),
    ],
)
async def test_an_order_that_changed_since_it_was_seen_stays_as_it_is(
    at: Callable[..., Desk],
    shop: MemoryShop,
    stage: Callable[[], Order],
    path: str,
    body: Any,
) -> None:
    desk = at(stage(), *WAREHOUSE, *SUPPORT)
    seen = (await desk.get()).headers["etag"]
    for other in ('"0"', f"W/{seen}", ""):
        refused = await desk.post(path, body, **{"If-Match": other})
        assert problem(refused) == (412, "order-changed")
        assert refused.headers["etag"] == seen
    assert shop.types == []
    changed = await desk.post(path, body, "once", **{"If-Match": f'"0", {seen}'})
    assert changed.is_success
    assert changed.headers["etag"] != seen
    # Sent again because its answer was lost, it is answered as before, not refused as late.
    again = await desk.post(path, body, "once", **{"If-Match": seen})
    assert (again.status_code, again.json()["version"]) == (
        changed.status_code,
        changed.json()["version"],
    )


@pytest.mark.parametrize("stage", [shipped, with_a_return])
async def test_an_answer_that_offers_something_else_has_another_tag(
    at: Callable[..., Desk], stage: Callable[[], Order]
) -> None:
    """Links of a shipment or a return come and go with the caller's scopes too."""
    order = stage()
    answers = [await at(order, *scopes).get() for scopes in (WAREHOUSE, SUPPORT[:1], SUPPORT)]
    seen = {(answer.headers["etag"], answer.text) for answer in answers}
    assert len({tag for tag, _ in seen}) == len({text for _, text in seen}) == len(seen) > 1


async def test_whoever_may_not_know_of_an_order_does_not_learn_its_tag(
    at: Callable[..., Desk],
) -> None:
    stranger = at(confirmed(), "orders:read", "orders:write")
    refused = await stranger.post("cancellation", **{"If-Match": '"0"'})
    assert problem(refused) == (404, "order-not-found")
    assert "etag" not in refused.headers


async def test_a_refusal_says_where_the_order_or_the_return_stands(at: Callable[..., Desk]) -> None:
    refused = await at(packed(), *WAREHOUSE).post("packing")
    assert (refused.json()["status"], refused.json()["order_status"]) == (409, "packed")
    order = delivered()
    support = at(order, *SUPPORT)
    made = (await support.post("returns", BROKEN)).json()["returns"][0]["id"]
    await support.post(f"returns/{made}/refusal", {"reason": "Used"})
    closed = await support.post(f"returns/{made}/receipt")
    assert (closed.json()["status"], closed.json()["return_status"]) == (409, "refused")


async def test_a_buyer_asks_for_a_return_and_the_staff_take_it_in(
    at: Callable[..., Desk], shop: MemoryShop
) -> None:
    order = delivered()
    buyer, support = at(order), at(order, *SUPPORT)
    asked = await buyer.post("returns", BROKEN)
    assert asked.status_code == 201
    (made,) = asked.json()["returns"]
    assert (made["status"], set(made["_links"])) == ("requested", {"self"})
    seen = (await support.get()).json()["returns"][0]
    assert set(seen["_links"]) == {"self", "receive", "refuse"}
    taken = await support.post(f"returns/{made['id']}/receipt")
    assert taken.json()["returns"][0]["refund"] == {"amount": 590, "currency": "GBP"}
    assert taken.json()["lines"][1]["returned_quantity"] == 2
    assert shop.types == ["return_requested", "refund_payment", "return_received", "return_stock"]
    refund = (await buyer.get(f"/refunds/{taken.json()['refunds'][0]['id']}")).json()
    assert (refund["status"], refund["return_id"]) == ("pending", made["id"])
    again = await support.post(f"returns/{made['id']}/refusal", {"reason": "Used"})
    assert problem(again) == (409, "return-closed")


async def test_support_refunds_a_part_and_then_all_that_is_left(at: Callable[..., Desk]) -> None:
    support = at(delivered(), *SUPPORT)
    part = {"amount": {"amount": 20, "currency": "GBP"}, "reason": "Goodwill"}
    assert (await support.post("refunds", part)).status_code == 201
    rest = await support.post("refunds", {"reason": "Goodwill"})
    assert [r["amount"]["amount"] for r in rest.json()["refunds"]] == [20, 2500]
    assert await support.links() == {"return"}
    refused = await support.post("refunds", part)
    assert problem(refused) == (409, "refund-too-large")
    assert refused.json()["left"] == {"amount": 0, "currency": "GBP"}


async def test_money_goes_back_in_the_currency_that_was_taken(
    at: Callable[..., Desk], shop: MemoryShop
) -> None:
    foreign = {"amount": {"amount": 1, "currency": "EUR"}, "reason": "Goodwill"}
    refused = await at(delivered(), *SUPPORT).post("refunds", foreign)
    assert problem(refused) == (422, "refund-currency-differs")
    assert refused.json()["currency"] == "GBP"
    assert shop.types == []


@pytest.mark.parametrize(
    ("stage", "buyer", "warehouse", "support"),
    [
        (confirmed, {"cancel"}, {"pack"}, {"cancel"}),
        (packed, set(), {"ship"}, set()),
        (lambda: delivered(HEARTS), {"return"}, {"ship"}, {"return", "refund"}),
        (delivered, {"return"}, set(), {"return", "refund"}),
    ],
)
async def test_links_offer_only_what_this_caller_may_do_now(
    at: Callable[..., Desk],
    stage: Callable[[], Order],
    buyer: set[str],
    warehouse: set[str],
    support: set[str],
) -> None:
    order = stage()
    assert await at(order).links() == buyer
    assert await at(order, *WAREHOUSE).links() == warehouse
    assert await at(order, *SUPPORT).links() == support


async def test_a_buyer_does_nothing_that_is_the_staffs_and_nothing_to_others_orders(
    at: Callable[..., Desk],
) -> None:
    order = delivered()
    buyer, stranger = at(order), at(order, "orders:read", "orders:write")
    for path in ("packing", "shipments", f"returns/{uuid7()}/receipt", "refunds"):
        assert problem(await buyer.post(path, {"reason": "x"})) == (403, "insufficient-scope")
    assert problem(await stranger.post("returns", BROKEN)) == (404, "order-not-found")
    assert problem(await stranger.get("/timeline")) == (404, "order-not-found")


async def test_the_parts_of_an_order_are_for_its_owner_and_the_staff_only(
    at: Callable[..., Desk],
) -> None:
    order = delivered()
    buyer, stranger = at(order), at(order, "orders:read", "orders:write")
    support = at(order, *SUPPORT)
    await support.post("returns", BROKEN)
    given = {"amount": {"amount": 20, "currency": "GBP"}, "reason": "Goodwill"}
    whole = (await support.post("refunds", given)).json()
    parts = [f"/{kind}/{whole[kind][0]['id']}" for kind in ("shipments", "returns", "refunds")]
    for part in parts:
        for reader in (buyer, support):
            assert (await reader.get(part)).status_code == 200
        assert problem(await stranger.get(part)) == (404, "order-not-found")


async def test_a_guest_sends_goods_back_with_the_carts_token(
    at: Callable[..., Desk], client: AsyncClient
) -> None:
    at(order := delivered(owner=GUEST))
    desk = Desk(client, GUEST_HEADERS, order)
    assert (await desk.post("returns", BROKEN)).status_code == 201
    (entry,) = [e for e in (await desk.get("/timeline")).json()["items"] if e["actor"]]
    assert (entry["name"], entry["actor"]) == ("request_return", "guest")


async def test_the_timeline_goes_on_by_its_links(at: Callable[..., Desk]) -> None:
    order = confirmed()
    warehouse = at(order, *WAREHOUSE)
    await warehouse.post("packing")
    await warehouse.post("shipments", {})
    whole = (await at(order).get("/timeline")).json()["items"]
    assert [(entry["kind"], entry["name"]) for entry in whole] == [
        ("request", "pack_order"),
        ("event_sent", "orders.order_packed.v1"),
        ("request", "ship_order"),
        ("event_sent", "orders.order_shipped.v1"),
        ("command_sent", "payments.capture_payment.v1"),
    ]
    first = await at(order).get("/timeline?limit=2")
    rest = first.json()["_links"]["next"]["href"].replace("limit=2", "limit=100")
    tail = await warehouse.client.get(rest, headers=warehouse.headers)
    assert [*first.json()["items"], *tail.json()["items"]] == whole
    assert {entry["actor"] for entry in whole if entry["kind"] == "request"} == {"staff"}
