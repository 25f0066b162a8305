"""Payments' stores over the database in memory; its real unit of work and event mapping on top.

They lock as `payments/adapters/` does: a payment when it is loaded, an operation when it is
claimed; a claim is a lease, so that whoever dies with an operation in hand is replaced.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from chassis.context import current_conversation
from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from payments.adapters.event_mapping import TOPIC, message_of
from payments.domain.ledger import Posting
from payments.domain.operation import Ended, Kind, Operation, Stage
from payments.domain.payment import Payment
from payments.domain.ports import Claimed, Origin
from tests.simulation.database import clone
from tests.simulation.engine import Connection
from tests.simulation.virtual import present


@dataclass(frozen=True, slots=True)
class Queued:
    """A row of the queue."""

    number: int
    operation: Operation
    origin: Origin
    due_at: datetime
    stage: Stage = Stage.WAITING
    attempts: int = 0
    failure: str | None = None


class Payments:
    """The port `Payments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._transaction = connection, connection.transaction
        self._seen: dict[UUID, Payment] = {}

    async def of_order(self, order_id: UUID) -> Payment | None:
        for payment in self._seen.values():
            if payment.order_id == order_id:
                return payment
        found: Payment | None = await self._connection.ask(
            "payment", lambda: self._of_order(order_id)
        )
        return found

    async def lock(self, payment_ids: Sequence[UUID]) -> dict[UUID, Payment]:
        missing = sorted(set(payment_ids) - self._seen.keys())
        if missing:
            await self._connection.ask("payments", lambda: self._load(missing))
        return {key: self._seen[key] for key in payment_ids if key in self._seen}

    async def add(self, payment: Payment) -> None:
        await self._connection.ask("payment new", lambda: self._insert(payment))
        self._seen[payment.id] = payment

    async def save(self, changed: Sequence[Payment]) -> None:
        assert all(self._seen[payment.id] is payment for payment in changed)

    def new_events(self) -> Iterator[Any]:
        for payment in list(self._seen.values()):
            recorded, payment.events = payment.events, []
            yield from recorded

    def _of_order(self, order_id: UUID) -> Payment | None:
        payment_id = self._transaction.find("payment of order", order_id)
        if payment_id is None:
            return None
        self._load([payment_id])
        return self._seen[payment_id]

    def _load(self, payment_ids: Sequence[UUID]) -> None:
        for payment_id in payment_ids:
            self._transaction.lock("payments", payment_id)
        for payment_id in payment_ids:
            self._seen[payment_id] = self._transaction.copy("payments", payment_id)

    def _insert(self, payment: Payment) -> None:
        self._transaction.insert("payment of order", payment.order_id, payment.id)
        self._transaction.insert("payments", payment.id, payment)


class Operations:
    """The port `Operations`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._transaction = connection, connection.transaction
        self._world = connection.world

    async def add(self, operation: Operation, ended: Ended | None = None) -> None:
        now = current_conversation()
        origin = Origin(now.correlation_id, now.causation_id, None)
        stage = ended.stage if ended else Stage.WAITING
        row = Queued(self._world.number(), operation, origin, present(self._world), stage)
        await self._connection.ask(
            "operation", lambda: self._transaction.insert("operations", operation.id, row)
        )
        self._transaction.channels.add("operations")

    async def for_subject(
        self, payment_id: UUID, kind: Kind, subject_id: UUID
    ) -> tuple[Operation, Ended] | None:
        rows = await self._rows()
        for row in rows:
            known = row.operation
            if (known.payment_id, known.kind, known.subject_id) == (payment_id, kind, subject_id):
                return known, Ended(known.id, row.stage, row.failure)
        return None

    async def any_waiting(self, payment_id: UUID) -> bool:
        return any(row.operation.payment_id == payment_id for row in await self._waiting())

    async def withdraw(self, payment_id: UUID) -> bool:
        done: bool = await self._connection.ask("withdraw", lambda: self._withdraw(payment_id))
        return done

    async def claim(self, kinds: Iterable[Kind], limit: int, lease: timedelta) -> Sequence[Claimed]:
        wanted = frozenset(kinds)
        claimed: Sequence[Claimed] = await self._connection.ask(
            "claim", lambda: self._claim(wanted, limit, lease)
        )
        return claimed

    async def waiting_among(self, operation_ids: Sequence[UUID]) -> set[UUID]:
        waiting = {row.operation.id for row in await self._waiting()}
        return waiting & set(operation_ids)

    async def finish(self, ended: Sequence[Ended]) -> None:
        if ended:
            await self._connection.ask("finish", lambda: self._finish(ended))

    async def postpone(
        self, operation_id: UUID, delay: timedelta, reference: str | None = None
    ) -> None:
        due = present(self._world) + delay
        changes: dict[str, Any] = {} if reference is None else {"reference": reference}

        def effect() -> None:
            row = self._own(operation_id)
            if row.stage is Stage.WAITING:
                operation = replace(row.operation, **changes)
                self._put(replace(row, due_at=due, operation=operation))

        await self._connection.ask("postpone", effect)

    async def _rows(self) -> list[Queued]:
        found: list[Queued] = await self._connection.ask("operations", self._all)
        return found

    async def _waiting(self) -> list[Queued]:
        return [row for row in await self._rows() if row.stage is Stage.WAITING]

    def _all(self) -> list[Queued]:
        table = self._transaction.database.tables["operations"]
        own = {key: row for (name, key), row in self._transaction.working.items()
               if name == "operations"}  # fmt: skip
        return sorted((table | own).values(), key=lambda row: row.number)

    def _own(self, operation_id: UUID) -> Queued:
        self._transaction.lock("operations", operation_id)
        row: Queued = self._transaction.find("operations", operation_id)
        return row

    def _put(self, row: Queued) -> None:
        self._transaction.working["operations", row.operation.id] = row

    def _withdraw(self, payment_id: UUID) -> bool:
        fresh = [
            row.operation.id
            for row in self._all()
            if row.operation.payment_id == payment_id and row.operation.kind is Kind.AUTHORISE
        ]
        done = False
        for operation_id in fresh:
            row = self._own(operation_id)
            if row.stage is Stage.WAITING and row.attempts == 0:
                self._put(replace(row, stage=Stage.WITHDRAWN))
                done = True
        return done

    def _claim(self, kinds: frozenset[Kind], limit: int, lease: timedelta) -> list[Claimed]:
        now = present(self._world)
        first: dict[UUID, Queued] = {}
        for row in self._all():
            if row.stage is Stage.WAITING:
                first.setdefault(row.operation.payment_id, row)
        due = [r for r in first.values() if r.due_at <= now and r.operation.kind in kinds]
        free = [r for r in due if self._transaction.try_lock("operations", r.operation.id)]
        claimed = []
        for row in free[:limit]:
            taken = replace(row, due_at=now + lease, attempts=row.attempts + 1)
            self._put(taken)
            payment = clone(self._transaction.find("payments", row.operation.payment_id))
            claimed.append(Claimed(row.operation, payment, row.origin, taken.attempts))
        return claimed

    def _finish(self, ended: Sequence[Ended]) -> None:
        for end in ended:
            self._transaction.lock("operations", end.operation_id)
        for end in ended:
            row = self._own(end.operation_id)
            self._put(replace(row, stage=end.stage, failure=end.failure))
        self._transaction.channels.add("operations")


class Ledger:
    """The port `Ledger`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._transaction = connection, connection.transaction

    async def post(self, postings: Sequence[tuple[Claimed, Posting]]) -> None:
        if postings:
            named = {claimed.operation.id: (claimed, posting) for claimed, posting in postings}
            await self._connection.ask("ledger", lambda: self._post(named))

    def _post(self, named: Mapping[UUID, tuple[Claimed, Posting]]) -> None:
        for operation_id, (claimed, posting) in named.items():
            entry = (claimed.payment.id, posting)
            self._transaction.insert("postings", operation_id, entry)


class PaymentsUnitOfWork(SqlUnitOfWork):
    """Stands for `payments.adapters.unit_of_work.PaymentsUnitOfWork`."""

    connection: Any

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.payments = Payments(self.connection)
        self.operations = Operations(self.connection)
        self.ledger = Ledger(self.connection)
        return self

    def collect(self) -> Iterator[tuple[str, Event]]:
        for event in self.payments.new_events():
            yield TOPIC, message_of(event)
