"""Payments in PostgreSQL. Whoever loads one holds its row lock until the transaction ends.

`unit_of_work.py` makes one a transaction; it remembers what it loaded, so that two messages of
one batch see the same payment and its events are collected once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Row, Select, any_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from payments.adapters.tables import payments
from payments.domain.events import PaymentEvent
from payments.domain.money import Money
from payments.domain.payment import Payment
from payments.domain.status import Status

_UPDATE = (
    update(payments)
    .where(payments.c.id == bindparam("row_id"))
    .values(
        {name: bindparam(name) for name in ("status", "captured", "refunded", "version")}
        | {name: bindparam(name) for name in ("reference", "decline_reason")}
        | {"updated_at": func.now()}
    )
)


_INSERT = insert(payments)
# Rows are locked in the order of ids, so that two who lock several never wait for each other.
_LOCKED = select(payments).order_by(payments.c.id).with_for_update()
_OF_ORDER = _LOCKED.where(payments.c.order_id == bindparam("order_id"))
_OF_ORDERS = _LOCKED.where(payments.c.order_id == any_(bindparam("order_ids", type_=ARRAY(Uuid))))
_WITH_IDS = _LOCKED.where(payments.c.id.in_(bindparam("ids", expanding=True)))


class PaymentRepository:
    """Implements the `Payments` port on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._seen: dict[UUID, Payment] = {}
        self._unpaid: set[UUID] = set()

    async def of_order(self, order_id: UUID) -> Payment | None:
        for payment in self._seen.values():
            if payment.order_id == order_id:
                return payment
        if order_id in self._unpaid:
            return None
        found = await self._load(_OF_ORDER, {"order_id": order_id})
        return found[0] if found else None

    async def preload(self, order_ids: Iterable[UUID]) -> None:
        """Locks at once what the commands of a batch are about; remembers who has no payment."""
        wanted = set(order_ids)
        if wanted:
            found = await self._load(_OF_ORDERS, {"order_ids": list(wanted)})
            self._unpaid |= wanted - {payment.order_id for payment in found}

    async def lock(self, payment_ids: Sequence[UUID]) -> dict[UUID, Payment]:
        missing = [key for key in payment_ids if key not in self._seen]
        if missing:
            await self._load(_WITH_IDS, {"ids": missing})
        return {key: self._seen[key] for key in payment_ids if key in self._seen}

    async def add(self, payment: Payment) -> None:
        row = _values(payment) | {"id": payment.id, "order_id": payment.order_id}
        money = payment.amount
        row |= {"amount": money and money.amount, "currency": money and money.currency}
        await self._connection.execute(_INSERT, row)
        self._seen[payment.id] = payment

    async def save(self, changed: Sequence[Payment]) -> None:
        if changed:
            rows = [_values(payment) | {"row_id": payment.id} for payment in changed]
            await self._connection.execute(_UPDATE, rows)

    def new_events(self) -> Iterator[PaymentEvent]:
        """Hand over, once, the events that the payments recorded."""
        for payment in self._seen.values():
            recorded, payment.events = payment.events, []
            yield from recorded

    async def _load(
        self, statement: Select[tuple[object, ...]], values: Mapping[str, object]
    ) -> list[Payment]:
        rows = await self._connection.execute(statement, values)
        found = [payment_of(row) for row in rows]
        self._seen.update({payment.id: payment for payment in found})
        return found


def _values(payment: Payment) -> dict[str, object]:
    return {
        "status": payment.status.value,
        "captured": payment.captured,
        "refunded": payment.refunded,
        "reference": payment.reference,
        "decline_reason": payment.decline_reason,
        "version": payment.version,
    }


def payment_of(row: Row[tuple[object, ...]]) -> Payment:
    """The aggregate as its row has it."""
    return Payment(
        id=row.id,
        order_id=row.order_id,
        amount=None if row.amount is None else Money(row.amount, row.currency),
        status=Status(row.status),
        captured=row.captured,
        refunded=row.refunded,
        reference=row.reference,
        decline_reason=row.decline_reason,
        version=row.version,
    )
