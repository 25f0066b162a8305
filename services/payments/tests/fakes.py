"""Payments in memory: the stores behind a fake unit of work, and what reads them.

A unit of work works on a copy of the books and puts it back at commit, so that what a test
forgets to commit is as lost as it would be in PostgreSQL.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from chassis.envelope import Event
from chassis.testing import FakeUnitOfWork
from payments.adapters.event_mapping import TOPIC, message_of
from payments.application.queries import Balance, OperationView, PaymentFilter, PaymentView
from payments.application.reconciliations import RunView
from payments.domain.errors import PaymentNotFound, ReconciliationNotFound
from payments.domain.ledger import Posting
from payments.domain.money import Money
from payments.domain.operation import Ended, Kind, Operation, Stage
from payments.domain.payment import Payment
from payments.domain.ports import Claimed, Origin
from payments.domain.reconciliation import Difference

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Entry:
    """An operation with what the queue knows of it."""

    operation: Operation
    stage: Stage = Stage.WAITING
    attempts: int = 0
    failure: str | None = None
    leased: bool = False


@dataclass
class Books:
    """Everything that is committed."""

    payments: dict[UUID, Payment] = field(default_factory=dict)
    queue: dict[UUID, Entry] = field(default_factory=dict)
    postings: dict[UUID, Posting] = field(default_factory=dict)
    notifications: set[tuple[str, str]] = field(default_factory=set)
    runs: dict[UUID, RunView] = field(default_factory=dict)
    differences: dict[UUID, list[Difference]] = field(default_factory=dict)

    def balance(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for posting in self.postings.values():
            for entry in posting.entries:
                sums[entry.account] = sums.get(entry.account, 0) + entry.money.amount
        return sums


class FakePayments:
    def __init__(self, books: Books) -> None:
        self._books = books
        self.seen: dict[UUID, Payment] = {}

    async def of_order(self, order_id: UUID) -> Payment | None:
        found = [p for p in self._books.payments.values() if p.order_id == order_id]
        self.seen.update({p.id: p for p in found})
        return found[0] if found else None

    async def lock(self, payment_ids: Sequence[UUID]) -> dict[UUID, Payment]:
        found = {
            key: self._books.payments[key] for key in payment_ids if key in self._books.payments
        }
        self.seen.update(found)
        return found

    async def add(self, payment: Payment) -> None:
        assert all(p.order_id != payment.order_id for p in self._books.payments.values())
        self._books.payments[payment.id] = self.seen[payment.id] = payment

    async def save(self, payments: Sequence[Payment]) -> None:
        for payment in payments:
            assert self._books.payments[payment.id] is payment


class FakeOperations:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def add(self, operation: Operation, ended: Ended | None = None) -> None:
        entry = self._books.queue[operation.id] = Entry(operation)
        if ended is not None:
            entry.stage, entry.failure = ended.stage, ended.failure

    async def for_subject(
        self, payment_id: UUID, kind: Kind, subject_id: UUID
    ) -> tuple[Operation, Ended] | None:
        for entry in self._books.queue.values():
            o = entry.operation
            if (o.payment_id, o.kind, o.subject_id) == (payment_id, kind, subject_id):
                return o, Ended(o.id, entry.stage, entry.failure)
        return None

    async def waiting(self, operation_id: UUID) -> Claimed | None:
        entry = self._books.queue.get(operation_id)
        still = entry is not None and entry.stage is Stage.WAITING
        return self._claimed(entry) if entry is not None and still else None

    async def payment_of(self, operation_id: UUID) -> UUID | None:
        entry = self._books.queue.get(operation_id)
        return None if entry is None else entry.operation.payment_id

    async def any_waiting(self, payment_id: UUID) -> bool:
        return any(self._waiting(payment_id))

    async def withdraw(self, payment_id: UUID) -> bool:
        fresh = [e for e in self._waiting(payment_id) if e.attempts == 0]
        for entry in fresh:
            entry.stage = Stage.WITHDRAWN
        return bool(fresh)

    async def claim(self, kinds: Iterable[Kind], limit: int, lease: timedelta) -> Sequence[Claimed]:
        wanted = set(kinds)
        due = [e for e in self._books.queue.values() if self._is_due(e, wanted)][:limit]
        for entry in due:
            entry.leased, entry.attempts = True, entry.attempts + 1
        return [self._claimed(entry) for entry in due]

    async def waiting_among(self, operation_ids: Sequence[UUID]) -> set[UUID]:
        return {i for i in operation_ids if self._books.queue[i].stage is Stage.WAITING}

    async def finish(self, ended: Sequence[Ended]) -> None:
        for end in ended:
            entry = self._books.queue[end.operation_id]
            entry.stage, entry.failure = end.stage, end.failure
            entry.operation = replace(entry.operation, amount=end.moved or entry.operation.amount)

    async def postpone(
        self, operation_id: UUID, delay: timedelta, reference: str | None = None
    ) -> None:
        entry = self._books.queue[operation_id]
        entry.leased = False
        if reference is not None:
            entry.operation = replace(entry.operation, reference=reference, payment_token=None)

    def _waiting(self, payment_id: UUID) -> Iterator[Entry]:
        for entry in self._books.queue.values():
            if entry.operation.payment_id == payment_id and entry.stage is Stage.WAITING:
                yield entry

    def _is_due(self, entry: Entry, kinds: set[Kind]) -> bool:
        first = next(self._waiting(entry.operation.payment_id), None)
        return first is entry and not entry.leased and entry.operation.kind in kinds

    def _claimed(self, entry: Entry) -> Claimed:
        payment = copy.deepcopy(self._books.payments[entry.operation.payment_id])
        return Claimed(entry.operation, payment, Origin("c", None, None), entry.attempts)


class FakeLedger:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def post(self, postings: Sequence[tuple[Claimed, Posting]]) -> None:
        for claimed, posting in postings:
            assert claimed.operation.id not in self._books.postings
            self._books.postings[claimed.operation.id] = posting


class FakePaymentsUnitOfWork(FakeUnitOfWork):
    """Opened again and again by one test; `books` is what was committed."""

    def __init__(self, books: Books | None = None) -> None:
        super().__init__()
        self.books = books or Books()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._draft = copy.deepcopy(self.books)
        self.payments = FakePayments(self._draft)
        self.operations = FakeOperations(self._draft)
        self.ledger = FakeLedger(self._draft)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self._draft = copy.deepcopy(self.books)

    def collect(self) -> Iterator[tuple[str, Event]]:
        for payment in self.payments.seen.values():
            recorded, payment.events = payment.events, []
            yield from ((TOPIC, message_of(event)) for event in recorded)

    async def commit(self) -> None:
        await super().commit()
        self.books.__dict__.update(copy.deepcopy(self._draft).__dict__)

    async def first_time(self, provider: str, event_id: str) -> bool:
        if (provider, event_id) in self._draft.notifications:
            return False
        self._draft.notifications.add((provider, event_id))
        return True

    async def request_reconciliation(self, run_id: UUID, since: datetime) -> None:
        self._draft.runs[run_id] = RunView(run_id, since, NOW, None, 0, 0, 0, 0)

    @property
    def told(self) -> list[str]:
        """The names of the events that went out, in order."""
        return [event.type.split(".")[1] for _topic, event in self.published]

    @property
    def last(self) -> Event:
        return self.published[-1][1]

    @property
    def only(self) -> Payment:
        """The one payment that there is."""
        (payment,) = self.books.payments.values()
        return payment


class FakeQueries:
    """Reads the same books as the fake unit of work."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def payment(self, payment_id: UUID) -> PaymentView:
        if payment_id not in self._books.payments:
            raise PaymentNotFound(f"There is no payment {payment_id}.")
        return _view(self._books.payments[payment_id])

    async def payments(self, wanted: PaymentFilter, limit: int) -> list[PaymentView]:
        newest = sorted(self._books.payments.values(), key=lambda p: p.id, reverse=True)
        return [
            _view(p)
            for p in newest
            if wanted.order_id in (None, p.order_id)
            and wanted.status in (None, p.status)
            and (wanted.after is None or p.id < wanted.after)
        ][:limit]

    async def operations(self, payment_id: UUID) -> list[OperationView]:
        entries = self._books.queue.values()
        return [_operation(e) for e in entries if e.operation.payment_id == payment_id]

    async def operation(self, payment_id: UUID, operation_id: UUID) -> OperationView:
        for found in await self.operations(payment_id):
            if found.id == operation_id:
                return found
        raise PaymentNotFound(f"Payment {payment_id} has no operation {operation_id}.")

    async def balances(self) -> list[Balance]:
        return [Balance(name, Money(sum_, "GBP")) for name, sum_ in self._books.balance().items()]


class FakeReports:
    """The runs of the same books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def run(self, run_id: UUID) -> RunView:
        if run_id not in self._books.runs:
            raise ReconciliationNotFound(f"There is no reconciliation {run_id}.")
        return self._books.runs[run_id]

    async def runs(self, after: UUID | None, limit: int) -> Sequence[RunView]:
        newest = sorted(self._books.runs.values(), key=lambda run: run.id, reverse=True)
        return [run for run in newest if after is None or run.id < after][:limit]

    async def differences(self, run_id: UUID) -> Sequence[Difference]:
        return self._books.differences.get(run_id, [])


def _view(p: Payment) -> PaymentView:
    currency = p.amount.currency if p.amount else None
    captured, refunded = (
        Money(n, currency) if currency else None for n in (p.captured, p.refunded)
    )
    return PaymentView(
        *(p.id, p.order_id, p.status.value, p.amount, captured, refunded, p.decline_reason),
        created_at=NOW,
        updated_at=NOW,
    )


def _operation(entry: Entry) -> OperationView:
    o = entry.operation
    return OperationView(
        *(o.id, o.payment_id, o.kind.value, entry.stage.value, o.amount, entry.attempts),
        failure=entry.failure,
        created_at=NOW,
        ended_at=None,
    )
