"""Verify reads the services' real tables: what stands in them comes out as its checks take it."""

import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from native.testing import Engines
from native.verify.invariants.parts import GoodsBack
from native.verify.invariants.sagas import Asked
from native.verify.sql import snapshot
from native.verify.stores.orders import OrdersStore, read_orders
from native.verify.stores.payments import read_payments

ORDER = {
    "owner": "guest:x",
    "status": "delivered",
    "recipient": "Casey",
    "street": "1 Lane",
    "city": "London",
    "postcode": "E1 6AN",
    "country": "GB",
    "amount": 900,
    "subtotal": 900,
    "currency": "GBP",
    "version": 1,
}
CHARGE = {"quantities": json.dumps({"CUP": 1}), "charge": 300, "charge_status": "captured"}
RETURN = {"quantities": json.dumps({"CUP": 1}), "reason": "chipped", "restocked": True}
REFUND = {"amount": 300, "reason": "chipped"}


class Rows:
    """Puts rows into one database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, table: str, **values: object) -> UUID:
        number = uuid4()
        row: dict[str, object] = {"id": number, **values}
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
        await self._connection.execute(statement, *row.values())
        return number

    async def order(self) -> UUID:
        now = await self._connection.fetchval("SELECT now()")
        return await self.put("orders", cart_id=uuid4(), placed_at=now, updated_at=now, **ORDER)

    async def part(self, table: str, order: UUID, at: str, **values: object) -> UUID:
        now = await self._connection.fetchval("SELECT now()")
        return await self.put(table, order_id=order, **{at: now}, **values)


@pytest.fixture
async def url(engines: Engines) -> str:
    return await engines.database("orders")


async def read(url: str) -> OrdersStore:
    async with snapshot("orders", url) as database:
        return await read_orders(database)


async def test_parcels_and_returns_of_an_order_are_added_up(url: str) -> None:
    connection = await asyncpg.connect(url)
    rows = Rows(connection)
    order = await rows.order()
    for _ in range(2):
        await rows.part("order_shipments", order, "shipped_at", **CHARGE)
    for status in ("received", "refused"):
        await rows.part("order_returns", order, "requested_at", status=status, **RETURN)
    await connection.close()
    goods = (await read(url)).goods[str(order)]
    assert (goods.status, goods.shipped, goods.returned) == ("delivered", {"CUP": 2}, {"CUP": 1})


async def test_returns_come_with_the_number_of_their_refunds(url: str) -> None:
    connection = await asyncpg.connect(url)
    rows = Rows(connection)
    order = await rows.order()
    expected = []
    for refunds, worth in ((0, 300), (2, 300), (0, 0), (0, None)):
        values = {**RETURN, "status": "received", "refund": worth}
        back = await rows.part("order_returns", order, "requested_at", **values)
        for _ in range(refunds):
            values = {**REFUND, "status": "done", "return_id": back}
            await rows.part("order_refunds", order, "requested_at", **values)
        if worth:
            expected.append(GoodsBack(str(back), str(order), refunds))
    await connection.close()
    found = (await read(url)).back
    assert sorted(found, key=str) == sorted(expected, key=str)


async def test_what_waits_for_payments_is_read_and_what_waits_for_a_charge_is_not(
    url: str,
) -> None:
    connection = await asyncpg.connect(url)
    rows = Rows(connection)
    charging, settled = await rows.order(), await rows.order()
    pending = {**CHARGE, "charge_status": "pending"}
    charge = await rows.part("order_shipments", charging, "shipped_at", **pending)
    await rows.part("order_shipments", settled, "shipped_at", **CHARGE)
    refunds = {
        (order, status): await rows.part(
            "order_refunds", order, "requested_at", status=status, **REFUND
        )
        for order in (charging, settled)
        for status in ("waiting", "pending", "done", "failed")
    }
    await connection.close()
    asked = [(charging, "pending"), (settled, "pending"), (settled, "waiting")]
    assert set((await read(url)).asked) == {
        Asked(str(charge), str(charging), "charge"),
        *(Asked(str(refunds[key]), str(key[0]), "refund") for key in asked),
    }


async def test_what_payments_is_at_work_on_is_read(engines: Engines) -> None:
    url = await engines.database("payments")
    connection = await asyncpg.connect(url)
    rows = Rows(connection)
    nothing = {"captured": 0, "refunded": 0, "version": 1}
    payment = await rows.put("payments", order_id=uuid4(), status="authorised", **nothing)
    subjects = {"waiting": uuid4(), "done": uuid4(), "failed": uuid4()}
    for stage, subject in subjects.items():
        values = {"kind": "capture", "stage": stage, "correlation_id": "c"}
        await rows.put("operations", payment_id=payment, subject_id=subject, **values)
    await connection.close()
    async with snapshot("payments", url) as database:
        assert (await read_payments(database)).at_work == {str(subjects["waiting"])}
