"""Every link that an order offers works for this caller, and whatever is not offered is refused.

At each status of the table, for each kind of caller, everything there is to do is tried: what the
links say and what happens must be the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from httpx import AsyncClient

from chassis.ids import uuid7
from orders.domain.dispatch import deliver
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.returns import receive_return, request_return
from orders.testing.memory_shop import MemoryShop
from orders.testing.stages import AT, LANTERNS, delivered, shipped
from orders.testing.values import NOW

Bearer = Callable[..., dict[str, str]]
CALLERS: Mapping[str, tuple[str, ...] | None] = {
    "buyer": None,
    "reader": ("orders:read_all",),
    "warehouse": ("orders:read_all", "orders:fulfil"),
    "support": ("orders:read_all", "orders:cancel_all", "orders:return_all", "orders:refund"),
}


def return_asked() -> Order:
    order = delivered()
    request_return(order, uuid7(), LANTERNS, "broken", NOW)
    return order


def return_closed() -> Order:
    order = return_asked()
    receive_return(order, order.fulfilment.returns[0].id, uuid7(), NOW)
    return order


def under_way_and_arrived() -> Order:
    order = shipped({"85123A": 6}, LANTERNS)
    deliver(order, order.fulfilment.shipments[0].id, NOW)
    return order


STAGES: Mapping[str, Callable[[], Order]] = {
    **{str(status): AT[status] for status in Status},
    "return asked for": return_asked,
    "return closed": return_closed,
    "one parcel of two arrived": under_way_and_arrived,
}


@dataclass(frozen=True)
class Deed:
    """Something to do to an order: what its link is called, where that is, and what is sent."""

    relation: str
    path: str
    body: Any = None


def deeds(order: Order) -> Iterator[Deed]:
    """All that there is to do to this order and its parts, legal or not."""
    path = f"/v1/orders/{order.id}"
    some = {"lines": [{"sku": "85123A", "quantity": 1}], "reason": "broken"}
    yield Deed("cancel", f"{path}/cancellation")
    yield Deed("pack", f"{path}/packing")
    yield Deed("ship", f"{path}/shipments", {})
    yield Deed("return", f"{path}/returns", some)
    yield Deed("refund", f"{path}/refunds", {"reason": "goodwill"})
    for shipment in order.fulfilment.shipments:
        yield Deed("deliver", f"{path}/shipments/{shipment.id}/delivery")
    for returning in order.fulfilment.returns:
        yield Deed("receive", f"{path}/returns/{returning.id}/receipt")
        yield Deed("refuse", f"{path}/returns/{returning.id}/refusal", {"reason": "used"})


def offered(body: Any) -> set[tuple[str, str]]:
    """Relation and place of each link of an order and of its parts."""
    parts = [body, *body["shipments"], *body["returns"], *body["refunds"]]
    return {(name, link["href"]) for part in parts for name, link in part["_links"].items()}


@pytest.mark.parametrize(("stage", "caller"), list(product(STAGES, CALLERS)))
async def test_what_is_offered_is_done_and_what_is_not_offered_is_refused(
    stage: str, caller: str, client: AsyncClient, shop: MemoryShop, bearer: Bearer
) -> None:
    scopes = CALLERS[caller]
    headers = bearer() if scopes is None else bearer(subject=str(uuid7()), scopes=scopes)
    for number in range(len(list(deeds(STAGES[stage]())))):
        order = STAGES[stage]()
        deed = list(deeds(order))[number]
        order.recorded.clear()
        shop.orders.stored[order.id] = order
        seen = (await client.get(f"/v1/orders/{order.id}", headers=headers)).json()
        key = {"Idempotency-Key": str(uuid7())}
        answer = await client.post(deed.path, json=deed.body, headers=headers | key)
        is_offered = (deed.relation, deed.path) in offered(seen)
        assert is_offered == answer.is_success, (deed, answer.text)
        assert answer.is_success or answer.status_code in (403, 404, 409), answer.text


def test_every_relation_is_offered_somewhere() -> None:
    relations = {deed.relation for make in STAGES.values() for deed in deeds(make())}
    assert relations == {
        *("cancel", "pack", "ship", "return", "refund"),
        *("deliver", "receive", "refuse"),
    }
