"""One transaction of payments: payments, operations, ledger, inbox, keys and outbox together.

`bootstrap.py` makes a new one for each use case and for each batch of a consumer.
"""

from collections.abc import Iterator
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from payments.adapters.event_mapping import TOPIC, message_of
from payments.adapters.ledger_book import LedgerBook
from payments.adapters.operation_queue import OperationQueue
from payments.adapters.payment_repository import PaymentRepository
from payments.adapters.tables import plumbing


class PaymentsUnitOfWork(SqlUnitOfWork):
    """Implements `application/unit_of_work.py`."""

    payments: PaymentRepository
    operations: OperationQueue
    ledger: LedgerBook

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine, plumbing)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.payments = PaymentRepository(self.connection)
        self.operations = OperationQueue(self.connection)
        self.ledger = LedgerBook(self.connection)
        return self

    def collect(self) -> Iterator[tuple[str, Event]]:
        """The events that the payments recorded since it was last asked."""
        for event in self.payments.new_events():
            yield TOPIC, message_of(event)
