"""What orders says: its orders and their money, its sagas, its keys. Called by `reading`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.purge import KEYS_KEPT
from native.verify.invariants.bills import Bill, Use, Uses
from native.verify.invariants.money import OrderMoney
from native.verify.invariants.orders import KeyRow, order_at
from native.verify.invariants.parts import REFUNDS, SALES, GoodsBack, Part
from native.verify.invariants.sagas import Asked, SagaRow
from native.verify.invariants.stock import OrderGoods
from native.verify.sql import Snapshot

# Keys are purged every ten minutes, so an order as old as they are kept may have lost its key.
_KEYS_SURELY_KEPT = KEYS_KEPT - timedelta(hours=1)
_PLACE_ORDER = "POST /v1/orders"
_CUSTOMER = "customer"

_ORDERS = "SELECT id, status, amount, captured, refunded, currency, version, placed_at FROM orders"
_SAGAS = (
    "SELECT s.order_id, o.status, s.state, s.deadline IS NOT NULL AS open, s.messages "
    "FROM order_sagas s JOIN orders o ON o.id = s.order_id"
)
_KEYS = "SELECT scope, key, location FROM idempotency_keys WHERE status = 201"
_SHIPMENTS = (
    "SELECT id, order_id, charge AS amount, charge_status = 'captured' AS done FROM order_shipments"
)
_BILLS = (
    "SELECT o.id, o.status, o.owner, o.subtotal, o.discount, o.shipping, o.tax, o.shipping_tax, "
    "o.prices_include_tax, o.amount, o.promotions, l.subtotal AS lines_subtotal, "
    "l.discount AS lines_discount, l.tax AS lines_tax FROM orders o JOIN ("
    "SELECT order_id, sum(quantity * unit_amount)::bigint AS subtotal, "
    "sum(discount)::bigint AS discount, sum(tax)::bigint AS tax "
    "FROM order_lines GROUP BY order_id) AS l ON l.order_id = o.id"
)
_LINES = (
    "SELECT order_id, json_object_agg(sku, quantity) AS lines FROM order_lines GROUP BY order_id"
)
_RETURNS = "SELECT order_id, quantities FROM order_returns WHERE status = 'received'"
_LEFT = "SELECT order_id, quantities FROM order_shipments"
_BACK = (
    "SELECT r.id, r.order_id, count(f.id) AS refunds FROM order_returns r "
    "LEFT JOIN order_refunds f ON f.return_id = r.id "
    "WHERE r.status = 'received' AND r.refund > 0 GROUP BY r.id, r.order_id"
)
# A refund waits for the charges of its order; where none is on its way, it waits for nothing.
_ASKED = (
    "SELECT id, order_id, 'charge' AS what FROM order_shipments WHERE charge_status = 'pending' "
    "UNION ALL SELECT r.id, r.order_id, 'refund' FROM order_refunds r WHERE r.status = 'pending' "
    "OR r.status = 'waiting' AND NOT EXISTS (SELECT FROM order_shipments s "
    "WHERE s.order_id = r.order_id AND s.charge_status = 'pending')"
)
_USES = "SELECT promotion_id, customer, used, most FROM promotion_uses"
_REFUNDS = "SELECT id, order_id, amount, status = 'done' AS done FROM order_refunds"


@dataclass(frozen=True, slots=True)
class OrdersStore:
    """What orders says. `keyed` tells of each order whether its key must still be there."""

    money: list[OrderMoney]
    goods: dict[str, OrderGoods]
    bills: list[Bill]
    uses: dict[Use, Uses]
    parts: dict[str, Part]
    back: list[GoodsBack]
    asked: list[Asked]
    versions: dict[str, int]
    keyed: dict[str, bool]
    sagas: list[SagaRow]
    commands: dict[str, int]
    keys: list[KeyRow]


async def read_orders(database: Snapshot) -> OrdersStore:
    """Reads orders with their parts, sagas and keys."""
    kept_since = datetime.now(UTC) - _KEYS_SURELY_KEPT
    orders = [row async for row in database.rows(_ORDERS)]
    sagas = [row async for row in database.rows(_SAGAS)]
    parts = {str(row["id"]): _part(row, SALES) async for row in database.rows(_SHIPMENTS)}
    parts |= {str(row["id"]): _part(row, REFUNDS) async for row in database.rows(_REFUNDS)}
    return OrdersStore(
        money=[
            OrderMoney(
                *(str(r["id"]), r["status"], r["amount"]),
                *(r["captured"], r["refunded"], r["currency"]),
            )
            for r in orders
        ],
        goods=await _goods(database, {str(row["id"]): row["status"] for row in orders}),
        bills=[_bill(row) async for row in database.rows(_BILLS)],
        uses={
            (str(row["promotion_id"]), row["customer"]): Uses(row["used"], row["most"])
            async for row in database.rows(_USES)
        },
        parts=parts,
        back=[GoodsBack(*_ids(row), row["refunds"]) async for row in database.rows(_BACK)],
        asked=[Asked(*_ids(row), row["what"]) async for row in database.rows(_ASKED)],
        versions={str(row["id"]): row["version"] for row in orders},
        keyed={str(row["id"]): row["placed_at"] > kept_since for row in orders},
        sagas=[SagaRow(str(r["order_id"]), r["status"], r["state"], r["open"]) for r in sagas],
        commands={str(row["order_id"]): row["messages"] for row in sagas},
        keys=[key async for row in database.rows(_KEYS) if (key := _key(row))],
    )


async def _goods(database: Snapshot, statuses: Mapping[str, str]) -> dict[str, OrderGoods]:
    lines = {str(row["order_id"]): row["lines"] async for row in database.rows(_LINES)}
    returned, left = await _sums(database, _RETURNS), await _sums(database, _LEFT)
    return {
        key: OrderGoods(status, lines.get(key, {}), returned.get(key, {}), left.get(key, {}))
        for key, status in statuses.items()
    }


async def _sums(database: Snapshot, statement: str) -> dict[str, Counter[str]]:
    """The units by SKU in all parts of an order together, by the order's id."""
    sums: dict[str, Counter[str]] = {}
    async for row in database.rows(statement):
        sums.setdefault(str(row["order_id"]), Counter()).update(row["quantities"])
    return sums


def _bill(row: Any) -> Bill:
    kind, _, owner = row["owner"].partition(":")
    return Bill(
        order_id=str(row["id"]),
        status=row["status"],
        customer=owner if kind == _CUSTOMER else None,
        subtotal=row["subtotal"],
        discount=row["discount"],
        shipping=row["shipping"],
        tax=row["tax"],
        shipping_tax=row["shipping_tax"],
        prices_include_tax=row["prices_include_tax"],
        total=row["amount"],
        lines_subtotal=row["lines_subtotal"],
        lines_discount=row["lines_discount"],
        lines_tax=row["lines_tax"],
        limited=tuple(used["id"] for used in row["promotions"] or () if used["is_limited"]),
    )


def _ids(row: Any) -> tuple[str, str]:
    return str(row["id"]), str(row["order_id"])


def _part(row: Any, account: str) -> Part:
    return Part(str(row["order_id"]), account, row["amount"], row["done"])


def _key(row: Any) -> KeyRow | None:
    order_id = order_at(row["location"])
    if order_id is None or not row["scope"].endswith(_PLACE_ORDER):
        return None
    return KeyRow(row["scope"], row["key"], order_id)
