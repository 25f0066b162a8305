"""The SQL behind what the API shows, one statement a view, outside any unit of work.

Implements `application/queries.py`; `bootstrap.py` makes it.
"""

from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.adapters.tables import ledger_entries, operations, payments
from payments.application.queries import Balance, OperationView, PaymentFilter, PaymentView
from payments.domain.errors import PaymentNotFound
from payments.domain.money import Money


class SqlPaymentQueries:
    """Reads from the service's engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def payment(self, payment_id: UUID) -> PaymentView:
        statement = select(payments).where(payments.c.id == payment_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise PaymentNotFound(f"There is no payment {payment_id}.")
        return _payment(row)

    async def payments(self, wanted: PaymentFilter, limit: int) -> list[PaymentView]:
        statement = select(payments).order_by(payments.c.id.desc()).limit(limit)
        if wanted.order_id is not None:
            statement = statement.where(payments.c.order_id == wanted.order_id)
        if wanted.status is not None:
            statement = statement.where(payments.c.status == wanted.status)
        if wanted.after is not None:
            statement = statement.where(payments.c.id < wanted.after)
        async with self._engine.connect() as connection:
            return [_payment(row) for row in await connection.execute(statement)]

    async def operations(self, payment_id: UUID) -> list[OperationView]:
        statement = (
            select(operations)
            .where(operations.c.payment_id == payment_id)
            .order_by(operations.c.number)
        )
        async with self._engine.connect() as connection:
            return [_operation(row) for row in await connection.execute(statement)]

    async def operation(self, payment_id: UUID, operation_id: UUID) -> OperationView:
        statement = select(operations).where(
            operations.c.id == operation_id, operations.c.payment_id == payment_id
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise PaymentNotFound(f"Payment {payment_id} has no operation {operation_id}.")
        return _operation(row)

    async def balances(self) -> list[Balance]:
        account, currency = ledger_entries.c.account, ledger_entries.c.currency
        statement = (
            select(account, currency, func.sum(ledger_entries.c.amount).label("amount"))
            .group_by(account, currency)
            .order_by(account, currency)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(statement)
            return [Balance(row.account, Money(int(row.amount), row.currency)) for row in rows]


def _payment(row: Row[tuple[object, ...]]) -> PaymentView:
    def money(amount: int | None) -> Money | None:
        return None if row.currency is None or amount is None else Money(amount, row.currency)

    return PaymentView(
        id=row.id,
        order_id=row.order_id,
        status=row.status,
        amount=money(row.amount),
        captured=money(row.captured),
        refunded=money(row.refunded),
        decline_reason=row.decline_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _operation(row: Row[tuple[object, ...]]) -> OperationView:
    return OperationView(
        id=row.id,
        payment_id=row.payment_id,
        kind=row.kind,
        stage=row.stage,
        amount=None if row.amount is None else Money(row.amount, row.currency),
        attempts=row.attempts,
        failure=row.failure,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
