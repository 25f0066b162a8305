"""What orders says: its orders and their money, its sagas, its keys. Called by `reading`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.purge import KEYS_KEPT
from native.verify.invariants.money import OrderMoney
from native.verify.invariants.orders import KeyRow, order_at
from native.verify.invariants.parts import REFUNDS, SALES, Part
from native.verify.invariants.sagas import SagaRow
from native.verify.sql import Snapshot

# Keys are purged every ten minutes, so an order as old as they are kept may have lost its key.
_KEYS_SURELY_KEPT = KEYS_KEPT - timedelta(hours=1)
_PLACE_ORDER = "POST /v1/orders"

_ORDERS = "SELECT id, status, amount, captured, refunded, version, placed_at FROM orders"
_SAGAS = (
    "SELECT s.order_id, o.status, s.state, s.deadline IS NOT NULL AS open, s.messages "
    "FROM order_sagas s JOIN orders o ON o.id = s.order_id"
)
_KEYS = "SELECT scope, key, location FROM idempotency_keys WHERE status = 201"
_SHIPMENTS = (
    "SELECT id, order_id, charge AS amount, charge_status = 'captured' AS done FROM order_shipments"
)
_REFUNDS = "SELECT id, order_id, amount, status = 'done' AS done FROM order_refunds"


@dataclass(frozen=True, slots=True)
class OrdersStore:
    """What orders says. `keyed` tells of each order whether its key must still be there."""

    money: list[OrderMoney]
    parts: dict[str, Part]
    versions: dict[str, int]
    keyed: dict[str, bool]
    sagas: list[SagaRow]
    commands: dict[str, int]
    keys: list[KeyRow]

    @property
    def statuses(self) -> dict[str, str]:
        """Each order's status."""
        return {order.id: order.status for order in self.money}


async def read_orders(database: Snapshot) -> OrdersStore:
    """Reads orders with their parts, sagas and keys."""
    kept_since = datetime.now(UTC) - _KEYS_SURELY_KEPT
    orders = [row async for row in database.rows(_ORDERS)]
    sagas = [row async for row in database.rows(_SAGAS)]
    parts = {str(row["id"]): _part(row, SALES) async for row in database.rows(_SHIPMENTS)}
    parts |= {str(row["id"]): _part(row, REFUNDS) async for row in database.rows(_REFUNDS)}
    return OrdersStore(
        money=[
            OrderMoney(str(r["id"]), r["status"], r["amount"], r["captured"], r["refunded"])
            for r in orders
        ],
        parts=parts,
        versions={str(row["id"]): row["version"] for row in orders},
        keyed={str(row["id"]): row["placed_at"] > kept_since for row in orders},
        sagas=[SagaRow(str(r["order_id"]), r["status"], r["state"], r["open"]) for r in sagas],
        commands={str(row["order_id"]): row["messages"] for row in sagas},
        keys=[key async for row in database.rows(_KEYS) if (key := _key(row))],
    )


def _part(row: Any, account: str) -> Part:
    return Part(str(row["order_id"]), account, row["amount"], row["done"])


def _key(row: Any) -> KeyRow | None:
    order_id = order_at(row["location"])
    if order_id is None or not row["scope"].endswith(_PLACE_ORDER):
        return None
    return KeyRow(row["scope"], row["key"], order_id)
