"""The steps of an order's life, for the tests in which an order lives: packed, shipped, sent back.

A step is taken by its path, or by the link that an answer offers. Each is sent under a key of its
own, and fails the test where the shop refuses it.
"""

import secrets
from collections.abc import Callable
from typing import Any

from tests.e2e.shop import Shop, eventually

PATIENCE = 60  # seconds, on a busy machine
Order = dict[str, Any]


async def seen(caller: Shop, order_id: str) -> Order:
    """The order as this caller sees it now."""
    answer = await caller.call("GET", f"/v1/orders/{order_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def until(
    caller: Shop, order_id: str, wanted: Callable[[Order], bool], seconds: float = 15
) -> Order:
    """The order once it is as wanted."""
    return await eventually(lambda: seen(caller, order_id), wanted, seconds)


async def did(caller: Shop, order_id: str, step: str, body: Any = None) -> Order:
    """Takes a step by its path, `packing` or `shipments`; the order as it is then."""
    return await _sent(caller, f"/v1/orders/{order_id}/{step}", body)


async def followed(caller: Shop, part: Order, relation: str, body: Any = None) -> Order:
    """Follows a link of the order, or of a part of it; the order as it is then."""
    return await _sent(caller, part["_links"][relation]["href"], body)


async def delivered(customer: Shop, warehouse: Shop, order_id: str, parcel: Any) -> Order:
    """Waits until it is confirmed, packs it, ships all of it in one parcel, and has that arrive."""
    await until(customer, order_id, lambda order: order["status"] == "confirmed", PATIENCE)
    await did(warehouse, order_id, "packing")
    [shipment] = (await did(warehouse, order_id, "shipments", parcel))["shipments"]
    return await did(warehouse, order_id, f"shipments/{shipment['id']}/delivery")


async def _sent(caller: Shop, path: str, body: Any) -> Order:
    answer = await caller.call("POST", path, body, Idempotency_Key=secrets.token_hex(8))
    assert answer.is_success, (path, answer.text)
    return dict(answer.json())
