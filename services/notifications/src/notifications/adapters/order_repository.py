"""Orders as messages need them: the newest event about each wins.

A batch may bring several events about one order; only the newest is written.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from notifications.adapters.tables import orders as table
from notifications.domain.contact import Recipient
from notifications.domain.order import Amounts, Money, Order, OrderLine

_FIND = select(table).where(table.c.order_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
_insert = insert(table)
_PUT = _insert.on_conflict_do_update(
    index_elements=[table.c.order_id],
    set_={
        **{column.name: column for column in _insert.excluded if column.name != "order_id"},
        # An event that does not change the status does not name it.
        "status": func.coalesce(_insert.excluded.status, table.c.status),
    },
    where=_insert.excluded.version > table.c.version,
)


class SqlOrders:
    """The orders that one transaction has learned of."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._new: dict[UUID, Order] = {}

    def put(self, order: Order) -> None:
        """Keeps an order, unless a newer version is there."""
        known = self._new.get(order.order_id)
        if known is None:
            self._new[order.order_id] = order
        elif known.version < order.version:
            self._new[order.order_id] = replace(order, status=order.status or known.status)

    async def write(self) -> set[UUID]:
        """Writes what was put, in sorted order; returns which orders these are."""
        written = set(self._new)
        if written:
            rows = [_row(self._new[order_id]) for order_id in sorted(written)]
            await self._connection.execute(_PUT, rows)
            self._new.clear()
        return written


async def find_orders(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Order]:
    """Returns those of the orders that are known."""
    if not ids:
        return {}
    rows = await connection.execute(_FIND, {"ids": list(ids)})
    return {row.order_id: _order(row) for row in rows}


def _order(row: Row[Any]) -> Order:
    guest = Recipient(row.guest_email, row.guest_name) if row.guest_email is not None else None
    return Order(
        order_id=row.order_id,
        version=row.version,
        reference=row.reference,
        customer_id=row.customer_id,
        guest=guest,
        lines=tuple(_line(line, row.currency) for line in row.lines),
        total=Money(row.total_amount, row.currency),
        country=row.country,
        placed_at=row.placed_at,
        status=row.status,
        amounts=_amounts(row),
    )


def _amounts(row: Row[Any]) -> Amounts | None:
    if row.amounts is None:
        return None
    subtotal, discount, shipping, tax = (Money(each, row.currency) for each in row.amounts)
    return Amounts(subtotal, discount, shipping, tax)


def _line(line: list[Any], currency: str) -> OrderLine:
    sku, name, quantity, unit_price, total = line
    return OrderLine(sku, name, quantity, Money(unit_price, currency), Money(total, currency))


def _row(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "version": order.version,
        "reference": order.reference,
        "customer_id": order.customer_id,
        "guest_email": order.guest.email if order.guest else None,
        "guest_name": order.guest.name if order.guest else None,
        "lines": [
            [line.sku, line.name, line.quantity, line.unit_price.amount, line.total.amount]
            for line in order.lines
        ],
        "total_amount": order.total.amount,
        "currency": order.total.currency,
        "country": order.country,
        "placed_at": order.placed_at,
        "status": order.status,
        "amounts": _amounts_row(order.amounts),
    }


def _amounts_row(amounts: Amounts | None) -> list[int] | None:
    if amounts is None:
        return None
    parts = (amounts.subtotal, amounts.discount, amounts.shipping, amounts.tax)
    return [part.amount for part in parts]
