"""What comes too late through the whole shop: money for stock that is no longer held, and money
that was taken from an order which is cancelled. Nothing of either stays with the shop.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.e2e.order_steps import until
from tests.e2e.processes import Processes
from tests.e2e.shop import SKU, Shop, eventually

HELD_SECONDS = "1"
# Its bank answers after two seconds.
LATE_CARD = "tok_processing"


@asynccontextmanager
async def inventory_with(processes: Processes, **settings: str) -> AsyncIterator[None]:
    """In the place of the supervised inventory one of ours, which is told something else."""
    known = processes.known("inventory")
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SOUK_"))}
    async with processes.away("inventory"):
        process = await asyncio.create_subprocess_exec(
            *known.command,
            cwd=processes.place.home,
            env={**own, **known.environment, **settings},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await processes.until_ready("inventory")
            yield
        finally:
            process.terminate()
            await process.wait()


async def stock(warehouse: Shop) -> dict[str, int]:
    body = (await warehouse.call("GET", f"/v1/stock/{SKU}")).json()
    return {name: body[name] for name in ("available", "reserved", "sold")}


async def payment_of(support: Shop, order_id: str) -> dict[str, Any]:
    found = (await support.call("GET", f"/v1/payments?order_id={order_id}")).json()["items"]
    return dict(found[0])


async def test_money_that_comes_after_the_reservation_expired_is_voided_and_the_order_rejected(
    customer: Shop, warehouse: Shop, support: Shop, processes: Processes
) -> None:
    async with inventory_with(processes, SOUK_RESERVATION_SECONDS=HELD_SECONDS):
        before = await stock(warehouse)
        placed = (await customer.order({SKU: 2}, payment=LATE_CARD, wait=0)).json()
        ended = await until(customer, placed["id"], lambda now: now["status"] != "pending", 40)
        assert ended["status"] == "rejected"
        assert ended["rejection"]["reason"] == "reservation_expired"
        await eventually(lambda: stock(warehouse), lambda now: now == before)
        paid = await eventually(
            lambda: payment_of(support, placed["id"]), lambda one: bool(one["status"] == "voided")
        )
    assert (paid["captured"]["amount"], paid["_links"].keys()) == (0, {"self", "order"})
    told = (await customer.call("GET", f"/v1/orders/{placed['id']}/timeline")).json()["items"]
    names = [entry["name"] for entry in told]
    assert "inventory.reservation_expired.v1" in names
    (void,) = [entry for entry in told if entry["name"] == "payments.void_payment.v1"]
    assert void["compensation"]


async def test_money_that_was_taken_from_an_order_which_is_cancelled_goes_back(
    customer: Shop, support: Shop
) -> None:
    order = (await customer.order({SKU: 2})).json()
    payment = await payment_of(support, order["id"])
    capture, key = payment["_links"]["captures"]["href"], secrets.token_hex(8)
    taken = await support.call("POST", capture, {}, Idempotency_Key=key)
    assert taken.status_code == 202, taken.text
    cancelled = await customer.call("POST", order["_links"]["cancel"]["href"])
    assert cancelled.json()["status"] == "cancelled"
    ended = await until(customer, order["id"], lambda now: bool(now["refunded"]["amount"]), 40)
    assert ended["captured"] == ended["refunded"] == order["total"]
    assert ended["status"] == "cancelled"
    assert (await payment_of(support, order["id"]))["status"] == "refunded"
