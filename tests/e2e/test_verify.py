"""Everything that the end-to-end tests did kept every invariant; and `./souk verify` would see it.

It runs last wherever other tests ran, so that it judges what all of them did.
"""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.e2e.shop import SKU, Shop

pytestmark = pytest.mark.in_each_process
ROOT = Path(__file__).parents[2]
STORED = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I10")


async def verify(stack: Any, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Runs `./souk verify … --json` for the stack under test: exit code, findings by name."""
    tools = os.environ.get("SOUK_TOOLS") or str(ROOT / ".souk")
    done = await asyncio.to_thread(
        subprocess.run,
        ["./souk", "verify", *words, "--json"],
        cwd=ROOT,
        env=os.environ | {"SOUK_HOME": stack.home, "SOUK_TOOLS": tools},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["running"], verdict
    return done.returncode, {found["name"]: found for found in verdict["invariants"]}


async def test_no_end_to_end_test_broke_an_invariant(stack: Any, customer: Shop) -> None:
    placed = await customer.order({SKU: 2})
    assert placed.json()["status"] == "confirmed", placed.text
    code, found = await verify(stack)
    assert tuple(found) == STORED
    broken = {name: one["examples"] for name, one in found.items() if one["violations"]}
    assert broken == {}
    assert code == 0
    for one in found.values():
        assert sum(one["checked"].values()) > 0, one


@dataclass(frozen=True, slots=True)
class Fault:
    """A statement that spoils a store behind its service's back, and the one that mends it."""

    database: str
    spoil: str
    mend: str


def changed(database: str, table: str, column: str, where: str) -> Fault:
    """A number that is one too high."""
    statement = f"UPDATE {table} SET {column} = {column} {{}} 1 WHERE {where}"
    return Fault(database, statement.format("+"), statement.format("-"))


def removed(database: str, table: str, where: str) -> Fault:
    """Rows that are gone."""
    kept = f"planted_{table}"
    return Fault(
        database,
        f"CREATE TABLE {kept} AS SELECT * FROM {table} WHERE {where};"
        f"DELETE FROM {table} WHERE {where}",
        f"INSERT INTO {table} SELECT * FROM {kept}; DROP TABLE {kept}",
    )


@asynccontextmanager
async def planted(stack: Any, faults: list[Fault]) -> AsyncIterator[None]:
    """The stores with all of the faults in them."""
    done: list[Fault] = []
    try:
        for fault in faults:
            await _administer(stack, fault.database, fault.spoil)
            done.append(fault)
        yield
    finally:
        for fault in reversed(done):
            await _administer(stack, fault.database, fault.mend)


async def _administer(stack: Any, database: str, statements: str) -> None:
    """As the administrator, whom no trigger and no foreign key stops."""
    server = stack.postgres_admin_dsn.rpartition("/")[0]
    connection = await asyncpg.connect(f"{server}/{database}")
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(statements)
    finally:
        await connection.close()


def one_for_each_store(orders: list[str]) -> list[Fault]:
    """A fault for each invariant that stores can break, each about another order."""
    money, key, version, saga, posting = orders
    cause = f"(SELECT cause FROM messages WHERE order_id = '{posting}' LIMIT 1)"
    postings = (
        "IN (SELECT p.id FROM ledger_postings p JOIN payments y ON y.id = p.payment_id "
        f"WHERE y.order_id = '{posting}')"
    )
    return [
        changed("orders", "orders", "refunded", f"id = '{money}'"),
        removed("payments", "ledger_entries", f"posting_id {postings}"),
        changed("inventory", "stock", "available", f"sku = '{SKU}'"),
        removed("orders", "idempotency_keys", f"location = '/v1/orders/{key}'"),
        changed("orders", "orders", "version", f"id = '{version}'"),
        removed("notifications", "inbox", f"event_id = {cause}"),
        Fault(
            "orders",
            f"UPDATE order_sagas SET deadline = '2100-01-01' WHERE order_id = '{saga}'",
            f"UPDATE order_sagas SET deadline = NULL WHERE order_id = '{saga}'",
        ),
        changed("orders", "prices", "amount", f"sku = '{SKU}'"),
    ]


async def test_each_invariant_names_the_fault_that_was_planted_in_its_store(
    stack: Any, customer: Shop
) -> None:
    orders = []
    for _ in range(5):
        placed = await customer.order({SKU: 1})
        assert placed.json()["status"] == "confirmed", placed.text
        orders.append(placed.json()["id"])
    await _told(stack, orders[-1])
    async with planted(stack, one_for_each_store(orders)):
        code, found = await verify(stack, "--settle", "0")
    named = {name: set(one["by_clause"]) for name, one in found.items()}
    assert named == {
        "I1": {"order says otherwise", "held differs from the ledger"},
        "I2": {"row differs from its movements", "not what was put in"},
        "I3": {"order without a key"},
        "I4": {"commit without an event"},
        "I5": {"no effect"},
        "I6": set(),
        "I7": {"open saga"},
        "I10": {"other row than the events tell"},
    }
    assert code == 1
    assert found["I4"]["examples"][0]["about"] == f"orders {orders[2]}"


async def _told(stack: Any, order_id: str) -> None:
    """Waits until notifications has heard of the order."""
    connection = await asyncpg.connect(stack.databases["notifications"])
    try:
        async with asyncio.timeout(30):
            while not await connection.fetchval(
                "SELECT count(*) FROM messages WHERE order_id = $1 AND status = 'sent'", order_id
            ):
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
