"""One transaction of payments: payments, operations, ledger, inbox, keys and outbox together.

`bootstrap.py` makes a new one for each use case and for each batch of a consumer.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Self
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.dialects.postgresql import insert

from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from payments.adapters.event_mapping import TOPIC, message_of, order_of
from payments.adapters.ledger_book import LedgerBook
from payments.adapters.operation_queue import OperationQueue
from payments.adapters.payment_repository import PaymentRepository
from payments.adapters.reconciliation_diary import CHANNEL as RECONCILIATIONS_CHANNEL
from payments.adapters.tables import plumbing, reconciliations


class PaymentsUnitOfWork(SqlUnitOfWork):
    """Implements `application/unit_of_work.py`."""

    payments: PaymentRepository
    operations: OperationQueue
    ledger: LedgerBook

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.payments = PaymentRepository(self.connection)
        self.operations = OperationQueue(self.connection)
        self.ledger = LedgerBook(self.connection)
        return self

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Also locks every payment of the batch, in the order in which all lock them.

        Commands one after the other would lock in the order of their arrival, and who records the
        answers of the same payments would stop them, and be stopped.
        """
        new = await super().unseen(consumer, events)
        orders = [order_of(event) for event in events if event.id in new]
        await self.payments.preload(order_id for order_id in orders if order_id)
        return new

    async def first_time(self, provider: str, event_id: str) -> bool:
        """The inbox is for uuids, and a provider names its events as it likes."""
        named = uuid5(NAMESPACE_URL, f"{provider}:{event_id}")
        values = {"consumer": f"{provider}-notifications", "event_id": named}
        seen = insert(plumbing.inbox).values(values).on_conflict_do_nothing()
        return (await self.connection.execute(seen)).rowcount == 1

    async def request_reconciliation(self, run_id: UUID, since: datetime) -> None:
        requested = insert(reconciliations).values(id=run_id, since=since)
        await self.connection.execute(requested)
        await self.notify(RECONCILIATIONS_CHANNEL)

    def collect(self) -> Iterator[tuple[str, Event]]:
        """The events that the payments recorded since it was last asked."""
        for event in self.payments.new_events():
            yield TOPIC, message_of(event)
