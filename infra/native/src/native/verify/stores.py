"""What the checks need of each service's database, and the statements that read it.

`gather` opens the snapshots and calls these. They know the tables of the services by name, since
a check that asked the services would believe what it is to check.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.purge import KEYS_KEPT
from native.verify.invariants.mails import MessageRow
from native.verify.invariants.money import Charge, LedgerEntry, OrderMoney, PaymentRow
from native.verify.invariants.orders import KeyRow, order_at
from native.verify.invariants.sagas import SagaRow
from native.verify.invariants.stock import ReservationRow, Shelves, Units
from native.verify.sql import Snapshot

# Keys are purged every ten minutes, so an order as old as they are kept may have lost its key.
_KEYS_SURELY_KEPT = KEYS_KEPT - timedelta(hours=1)
_PLACE_ORDER = "POST /v1/orders"
_OF_THE_WHOLE_ORDER = frozenset(
    {"order_confirmed", "order_rejected", "order_cancelled", "order_packed"}
)

_ORDERS = "SELECT id, status, amount, captured, refunded, version, placed_at FROM orders"
_SAGAS = (
    "SELECT s.order_id, o.status, s.state, s.deadline IS NOT NULL AS open, s.messages "
    "FROM order_sagas s JOIN orders o ON o.id = s.order_id"
)
_KEYS = "SELECT scope, key, location FROM idempotency_keys WHERE status = 201"
_STOCK = "SELECT sku, available, reserved, sold, returned, version FROM stock"
_MOVEMENTS = "SELECT sku, kind, available, reserved, sold, returned FROM movements ORDER BY sku, id"
_ADJUSTED = "SELECT lines FROM adjustments"
_RESERVATIONS = "SELECT order_id, status, version, lines, returns FROM reservations"
_PAYMENTS = (
    "SELECT id, order_id, status, amount, captured, refunded, reference, version FROM payments"
)
_ENTRIES = (
    "SELECT e.posting_id, p.payment_id, e.account, e.currency, e.amount "
    "FROM ledger_entries e JOIN ledger_postings p ON p.id = e.posting_id"
)
_CHARGES = "SELECT reference, captured, refunded, NOT closed AS open FROM provider_charges"
_MESSAGES = (
    "SELECT id, header_id, template, order_id, status, attempts, sent_at, version FROM messages"
)
_USERS = "SELECT id, version FROM users"

# By database: the tables whose rows have a cause, and those causes that have several rows.
CAUSES: Mapping[str, Mapping[str, str]] = {
    "inventory": {
        "movements": "SELECT concat_ws(' ', cause, sku, kind) AS cause, count(*) AS number "
        "FROM movements GROUP BY cause, sku, kind HAVING count(*) > 1"
    },
    "payments": {
        "operations": "SELECT concat_ws(' ', causation_id, kind) AS cause, count(*) AS number "
        "FROM operations WHERE causation_id IS NOT NULL "
        "GROUP BY causation_id, kind HAVING count(*) > 1"
    },
    "notifications": {
        "messages": "SELECT concat_ws(' ', cause, template) AS cause, count(*) AS number "
        "FROM messages GROUP BY cause, template HAVING count(*) > 1"
    },
}
_COUNTS = {
    "movements": "SELECT count(*) FROM movements",
    "operations": "SELECT count(*) FROM operations",
    "messages": "SELECT count(*) FROM messages",
}


@dataclass(frozen=True, slots=True)
class OrdersStore:
    """What orders says. `keyed` tells of each order whether its key must still be there."""

    money: list[OrderMoney]
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
    """Reads orders, sagas and keys."""
    kept_since = datetime.now(UTC) - _KEYS_SURELY_KEPT
    orders = [row async for row in database.rows(_ORDERS)]
    sagas = [row async for row in database.rows(_SAGAS)]
    return OrdersStore(
        money=[
            OrderMoney(str(r["id"]), r["status"], r["amount"], r["captured"], r["refunded"])
            for r in orders
        ],
        versions={str(row["id"]): row["version"] for row in orders},
        keyed={str(row["id"]): row["placed_at"] > kept_since for row in orders},
        sagas=[SagaRow(str(r["order_id"]), r["status"], r["state"], r["open"]) for r in sagas],
        commands={str(row["order_id"]): row["messages"] for row in sagas},
        keys=[key async for row in database.rows(_KEYS) if (key := _key(row))],
    )


def _key(row: Any) -> KeyRow | None:
    order_id = order_at(row["location"])
    if order_id is None or not row["scope"].endswith(_PLACE_ORDER):
        return None
    return KeyRow(row["scope"], row["key"], order_id)


@dataclass(frozen=True, slots=True)
class InventoryStore:
    """What inventory says, but for its movements."""

    stock: dict[str, Units]
    stock_versions: dict[str, int]
    adjusted: Counter[str]
    reservations: list[ReservationRow]
    reservation_versions: dict[str, int]


async def read_inventory(database: Snapshot) -> InventoryStore:
    """Reads stock, adjustments and reservations."""
    stock = [row async for row in database.rows(_STOCK)]
    reservations = [row async for row in database.rows(_RESERVATIONS)]
    adjusted: Counter[str] = Counter()
    async for row in database.rows(_ADJUSTED):
        for line in row["lines"]:
            adjusted[line["sku"]] += line["delta"]
    return InventoryStore(
        stock={row["sku"]: _units(row) for row in stock},
        stock_versions={row["sku"]: row["version"] for row in stock},
        adjusted=adjusted,
        reservations=[
            ReservationRow(str(r["order_id"]), r["status"], r["lines"], _all_of(r["returns"]))
            for r in reservations
        ],
        reservation_versions={str(row["order_id"]): row["version"] for row in reservations},
    )


def _all_of(returns: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    """The units that came back with any return, by SKU."""
    together: Counter[str] = Counter()
    for lines in returns.values():
        together.update(lines)
    return together


async def replay_movements(database: Snapshot, shelves: Shelves) -> None:
    """Hands every movement over, SKU by SKU."""
    async for row in database.rows(_MOVEMENTS):
        shelves.move(row["sku"], row["kind"], _units(row))


def _units(row: Any) -> Units:
    return Units(row["available"], row["reserved"], row["sold"], row["returned"])


@dataclass(frozen=True, slots=True)
class PaymentsStore:
    """What payments says; `charges` is None where the provider is not the simulated one."""

    payments: list[PaymentRow]
    entries: list[LedgerEntry]
    charges: dict[str, Charge] | None
    versions: dict[str, int]


async def read_payments(database: Snapshot) -> PaymentsStore:
    """Reads payments, the ledger and the simulated provider's charges."""
    rows = [row async for row in database.rows(_PAYMENTS)]
    charges = {
        row["reference"]: Charge(row["captured"], row["refunded"], row["open"])
        async for row in database.rows(_CHARGES)
    }
    return PaymentsStore(
        payments=[
            PaymentRow(
                id=str(row["id"]),
                order_id=str(row["order_id"]),
                status=row["status"],
                amount=row["amount"],
                captured=row["captured"],
                refunded=row["refunded"],
                reference=row["reference"],
            )
            for row in rows
        ],
        entries=[
            LedgerEntry(
                str(r["posting_id"]), str(r["payment_id"]), r["account"], r["currency"], r["amount"]
            )
            async for r in database.rows(_ENTRIES)
        ],
        charges=charges,
        versions={str(row["order_id"]): row["version"] for row in rows},
    )


async def read_messages(database: Snapshot) -> tuple[list[MessageRow], dict[str, int]]:
    """Reads notifications' messages, and the version of each."""
    rows = [row async for row in database.rows(_MESSAGES)]
    versions = {str(row["id"]): row["version"] for row in rows}
    return [_message(row) for row in rows], versions


def _message(row: Any) -> MessageRow:
    """Parcels, returns and refunds of an order are told of each for itself, by their Message-ID."""
    whole_order = row["template"] in _OF_THE_WHOLE_ORDER
    return MessageRow(
        id=str(row["id"]),
        header_id=row["header_id"],
        template=row["template"],
        order_id=str(row["order_id"]) if row["order_id"] else None,
        subject="" if whole_order else row["header_id"],
        status=row["status"],
        attempts=row["attempts"],
        sent_at=row["sent_at"].timestamp() if row["sent_at"] else 0.0,
    )


async def read_accounts(database: Snapshot) -> dict[str, int]:
    """Reads the version of each account."""
    return {str(row["id"]): row["version"] async for row in database.rows(_USERS)}


async def repeated_causes(database: Snapshot) -> dict[str, tuple[int, dict[str, int]]]:
    """Of each table whose rows have causes: how many rows there are, and the repeated causes."""
    found = {}
    for table, statement in CAUSES.get(database.name, {}).items():
        total = await database.number(_COUNTS[table])
        repeated = {row["cause"]: row["number"] async for row in database.rows(statement)}
        found[f"rows of {table}"] = (total, repeated)
    return found
