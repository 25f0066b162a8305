"""Operations in PostgreSQL: a queue that several processes can work off together.

An operation is due once `due_at` has passed and every earlier one of its payment has ended.
Claiming pushes `due_at` on by the lease, so that a claimer that died is replaced.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import utcnow
from chassis.context import current_conversation
from chassis.telemetry import current_traceparent
from payments.adapters.payment_repository import payment_of
from payments.adapters.tables import operations, payments
from payments.domain.money import Money
from payments.domain.operation import Ended, Kind, Operation, Stage
from payments.domain.ports import Claimed, Origin

_INSERT = insert(operations)
_COLUMNS = (
    *("id", "payment_id", "kind", "amount", "currency"),
    *("payment_token", "subject_id", "final", "reference"),
)
_CLAIM = text(
    """
WITH due AS (
    SELECT o.id FROM operations AS o
    WHERE o.stage = 'waiting' AND o.due_at <= now() AND o.kind = ANY(:kinds)
      AND o.number = (SELECT min(e.number) FROM operations AS e
                      WHERE e.payment_id = o.payment_id AND e.stage = 'waiting')
    ORDER BY o.due_at LIMIT :limit FOR UPDATE OF o SKIP LOCKED
)
UPDATE operations SET due_at = now() + :lease, attempts = attempts + 1
FROM due WHERE operations.id = due.id RETURNING operations.id
"""
)
_WITHDRAW = text(
    """
UPDATE operations SET stage = 'withdrawn', payment_token = NULL, ended_at = now()
WHERE payment_id = :payment_id AND kind = 'authorise' AND stage = 'waiting' AND attempts = 0
"""
)
# What waited behind an operation that ended is due now, so its desk is woken.
_FINISH = text(
    """
WITH ended AS (
    UPDATE operations SET stage = e.stage, failure = e.failure, payment_token = NULL,
        amount = coalesce(e.amount, operations.amount),
        currency = coalesce(e.currency, operations.currency), ended_at = now()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:stages AS text[]), CAST(:failures AS text[]),
                CAST(:amounts AS bigint[]), CAST(:currencies AS text[]))
        AS e (id, stage, failure, amount, currency)
    WHERE operations.id = e.id RETURNING operations.id, payment_id
)
SELECT pg_notify('operations', '') FROM operations AS o JOIN ended USING (payment_id)
WHERE o.stage = 'waiting' AND o.id <> ended.id LIMIT 1
"""
)
_POSTPONE = text(
    "UPDATE operations SET due_at = now() + :delay WHERE id = :id AND stage = 'waiting'"
)
_ASK_LATER = text(
    """
UPDATE operations SET due_at = now() + :delay, reference = :reference, payment_token = NULL
WHERE id = :id AND stage = 'waiting'
"""
)
_ANY_WAITING = text(
    "SELECT EXISTS (SELECT FROM operations WHERE payment_id = :payment_id AND stage = 'waiting')"
)
_WAITING_AMONG = text("SELECT id FROM operations WHERE id = ANY(:ids) AND stage = 'waiting'")
_WITH_PAYMENTS = (
    select(payments, *(column.label(f"o_{column.name}") for column in operations.c))
    .join_from(operations, payments)
    .where(operations.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(operations.c.number)
)
_STILL_WAITING = _WITH_PAYMENTS.where(operations.c.stage == Stage.WAITING.value)
_FOR_SUBJECT = select(operations).where(
    operations.c.payment_id == bindparam("payment_id"),
    operations.c.kind == bindparam("kind"),
    operations.c.subject_id == bindparam("subject_id"),
)
_PAYMENT_OF = select(operations.c.payment_id).where(operations.c.id == bindparam("id"))


class OperationQueue:
    """Implements the `Operations` port on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, operation: Operation, ended: Ended | None = None) -> None:
        conversation = current_conversation()
        money = operation.amount
        row = {
            "id": operation.id,
            "payment_id": operation.payment_id,
            "kind": operation.kind.value,
            "stage": (ended.stage if ended else Stage.WAITING).value,
            "amount": money and money.amount,
            "currency": money and money.currency,
            "payment_token": operation.payment_token,
            "subject_id": operation.subject_id,
            "final": operation.final,
            "correlation_id": conversation.correlation_id,
            "causation_id": conversation.causation_id,
            "traceparent": current_traceparent(),
            "failure": ended and ended.failure,
            "ended_at": utcnow() if ended else None,
        }
        await self._connection.execute(_INSERT, row)

    async def for_subject(
        self, payment_id: UUID, kind: Kind, subject_id: UUID
    ) -> tuple[Operation, Ended] | None:
        values = {"payment_id": payment_id, "kind": kind.value, "subject_id": subject_id}
        row = (await self._connection.execute(_FOR_SUBJECT, values)).one_or_none()
        if row is None:
            return None
        return _operation(row), Ended(row.id, Stage(row.stage), row.failure)

    async def waiting(self, operation_id: UUID) -> Claimed | None:
        row = (
            await self._connection.execute(_STILL_WAITING, {"ids": [operation_id]})
        ).one_or_none()
        return None if row is None else _claimed(row)

    async def payment_of(self, operation_id: UUID) -> UUID | None:
        return await self._connection.scalar(_PAYMENT_OF, {"id": operation_id})

    async def any_waiting(self, payment_id: UUID) -> bool:
        return bool(await self._connection.scalar(_ANY_WAITING, {"payment_id": payment_id}))

    async def withdraw(self, payment_id: UUID) -> bool:
        result = await self._connection.execute(_WITHDRAW, {"payment_id": payment_id})
        return result.rowcount == 1

    async def claim(self, kinds: Iterable[Kind], limit: int, lease: timedelta) -> Sequence[Claimed]:
        values = {"kinds": [kind.value for kind in kinds], "limit": limit, "lease": lease}
        claimed = list(await self._connection.scalars(_CLAIM, values))
        if not claimed:
            return []
        rows = await self._connection.execute(_WITH_PAYMENTS, {"ids": claimed})
        return [_claimed(row) for row in rows]

    async def waiting_among(self, operation_ids: Sequence[UUID]) -> set[UUID]:
        rows = await self._connection.scalars(_WAITING_AMONG, {"ids": list(operation_ids)})
        return set(rows)

    async def finish(self, ended: Sequence[Ended]) -> None:
        if ended:
            values = {
                "ids": [end.operation_id for end in ended],
                "stages": [end.stage.value for end in ended],
                "failures": [end.failure for end in ended],
                "amounts": [end.moved and end.moved.amount for end in ended],
                "currencies": [end.moved and end.moved.currency for end in ended],
            }
            await self._connection.execute(_FINISH, values)

    async def postpone(
        self, operation_id: UUID, delay: timedelta, reference: str | None = None
    ) -> None:
        values = {"id": operation_id, "delay": delay}
        if reference is None:
            await self._connection.execute(_POSTPONE, values)
        else:
            await self._connection.execute(_ASK_LATER, values | {"reference": reference})


def _operation(row: Row[tuple[object, ...]], prefix: str = "") -> Operation:
    """The operation of a row whose columns begin with the prefix."""
    found = {name: getattr(row, f"{prefix}{name}") for name in _COLUMNS}
    amount, currency = found.pop("amount"), found.pop("currency")
    money = None if amount is None else Money(amount, currency)
    return Operation(**found | {"kind": Kind(found["kind"]), "amount": money})


def _claimed(row: Row[tuple[object, ...]]) -> Claimed:
    return Claimed(
        operation=_operation(row, "o_"),
        payment=payment_of(row),
        origin=Origin(row.o_correlation_id, row.o_causation_id, row.o_traceparent),
        attempts=row.o_attempts,
    )
