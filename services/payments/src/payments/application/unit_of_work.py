"""The unit of work as the use cases see it: the stores, and one commit for all of them.

`adapters/unit_of_work.py` is the real one; the tests have a fake.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.transaction import Transaction
from payments.domain.ports import Ledger, Operations, Payments


class Idempotency(Protocol):
    """The answers that were given under an Idempotency-Key."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """The stored answer, or None for the first request; raises KeyReused or KeyInFlight."""

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None:
        """The answer that is stored by now, claiming nothing; raises KeyReused."""

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keep the answer together with the effect."""


class UnitOfWork(Transaction, Protocol):
    """One transaction; what is not committed has not happened."""

    @property
    def payments(self) -> Payments: ...

    @property
    def operations(self) -> Operations: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def idempotency(self) -> Idempotency: ...

    async def first_time(self, provider: str, event_id: str) -> bool:
        """Record that the provider's event was taken; False if it was before."""

    async def request_reconciliation(self, run_id: UUID, since: datetime) -> None:
        """Ask for a run over everything charged since then, which wakes its desk at commit."""

    def flush(self) -> None:
        """Stamp the events recorded so far with the conversation and the trace under way."""
