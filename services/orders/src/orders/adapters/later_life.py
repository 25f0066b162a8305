"""Fulfilment, returns and refunds of orders: from values to rows and back.

They come in the order's own row as JSON, and are written by one statement a table when an order
got or changed some. Most orders that a batch of the saga loads have none yet.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Table, case, func, select
from sqlalchemy.dialects.postgresql import Insert, aggregate_order_by, insert
from sqlalchemy.sql.elements import ColumnElement

from orders.adapters.tables import order_refunds, order_returns, order_shipments, orders
from orders.domain.account import Account, Refund, RefundStatus
from orders.domain.fulfilment import (
    Charge,
    ChargeStatus,
    Fulfilment,
    Return,
    ReturnStatus,
    Shipment,
)
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.order import Order

Row = dict[str, Any]


def _listed(table: Table) -> ColumnElement[Any]:
    """Returns an order's rows of the table as JSON, without a look where there can be none."""
    row = func.row_to_json(table.table_valued())
    found = select(func.json_agg(aggregate_order_by(row, table.c.id)))
    rows = found.where(table.c.order_id == orders.c.id).scalar_subquery()
    return case((orders.c.status.in_([Status.PENDING, Status.REJECTED]), None), else_=rows)


LATER_LIFE = tuple(
    _listed(table).cast(JSON).label(name)
    for name, table in (
        ("shipments", order_shipments),
        ("returns", order_returns),
        ("refunds", order_refunds),
    )
)
"""Columns of a select from `orders`, for `fulfilment` and `account`."""


def _put(table: Table) -> Insert:
    statement = insert(table)
    changing = [column.name for column in table.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=["order_id", "id"],
        set_={name: statement.excluded[name] for name in changing},
    )


_PUTS = {
    Shipment: _put(order_shipments),
    Return: _put(order_returns),
    Refund: _put(order_refunds),
}
Part = Shipment | Return | Refund


def parts_of(order: Order) -> tuple[Part, ...]:
    """Returns all that may have changed."""
    return (*order.fulfilment.shipments, *order.fulfilment.returns, *order.account.refunds)


def puts(changed: Iterable[tuple[UUID, Part]]) -> Iterator[tuple[Insert, list[Row]]]:
    """Yields the statements that write these parts of orders, with their rows."""
    listed = list(changed)
    for kind, statement in _PUTS.items():
        ours = [(order_id, part) for order_id, part in listed if isinstance(part, kind)]
        if ours:
            yield statement, [{"order_id": order_id, **_row(part)} for order_id, part in ours]


def fulfilment(row: Any) -> Fulfilment:
    """Restores shipments and returns."""
    return Fulfilment(
        tuple(_shipment(one, row.currency) for one in row.shipments or ()),
        tuple(_return(one, row.currency) for one in row.returns or ()),
    )


def account(row: Any) -> Account:
    """Restores the money."""
    return Account(
        Money(row.captured, row.currency),
        Money(row.refunded, row.currency),
        tuple(_refund(one, row.currency) for one in row.refunds or ()),
    )


def _row(part: Part) -> Row:
    match part:
        case Shipment():
            return {
                **_plain(part, "id", "quantities", "carrier", "tracking"),
                **_plain(part, "shipped_at", "delivered_at"),
                "charge": part.charge.amount.amount,
                "charge_status": part.charge.status,
                "charge_problem": part.charge.problem,
            }
        case Return():
            return {
                **_plain(part, "id", "quantities", "reason", "status", "refusal", "restocked"),
                **_plain(part, "requested_at", "closed_at"),
                "refund": part.refund.amount if part.refund else None,
            }
        case Refund():
            return {
                **_plain(part, "id", "reason", "status", "return_id", "problem"),
                **_plain(part, "requested_at", "closed_at"),
                "amount": part.amount.amount,
            }


def _plain(part: Part, *names: str) -> Row:
    return {name: getattr(part, name) for name in names}


def _shipment(row: Mapping[str, Any], currency: str) -> Shipment:
    amount = Money(row["charge"], currency)
    return Shipment(
        id=UUID(row["id"]),
        quantities=row["quantities"],
        charge=Charge(amount, ChargeStatus(row["charge_status"]), row["charge_problem"]),
        shipped_at=datetime.fromisoformat(row["shipped_at"]),
        carrier=row["carrier"],
        tracking=row["tracking"],
        delivered_at=_moment(row["delivered_at"]),
    )


def _return(row: Mapping[str, Any], currency: str) -> Return:
    return Return(
        id=UUID(row["id"]),
        quantities=row["quantities"],
        reason=row["reason"],
        status=ReturnStatus(row["status"]),
        requested_at=datetime.fromisoformat(row["requested_at"]),
        closed_at=_moment(row["closed_at"]),
        refund=None if row["refund"] is None else Money(row["refund"], currency),
        refusal=row["refusal"],
        restocked=row["restocked"],
    )


def _refund(row: Mapping[str, Any], currency: str) -> Refund:
    return Refund(
        id=UUID(row["id"]),
        amount=Money(row["amount"], currency),
        reason=row["reason"],
        status=RefundStatus(row["status"]),
        requested_at=datetime.fromisoformat(row["requested_at"]),
        return_id=UUID(row["return_id"]) if row["return_id"] else None,
        closed_at=_moment(row["closed_at"]),
        problem=row["problem"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
