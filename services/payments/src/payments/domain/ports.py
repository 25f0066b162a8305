"""What payments needs from outside: its stores, and a provider that moves the money.

`adapters` implement them with PostgreSQL and a simulated provider; the unit tests with lists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from payments.domain.ledger import Posting
from payments.domain.money import Money
from payments.domain.operation import Answer, Kind, Operation, Stage
from payments.domain.payment import Payment


class ProviderUnavailable(Exception):
    """The provider gave no answer: whether it did what we asked is not known, so ask again."""


class PaymentProvider(Protocol):
    """A provider of card payments. `key` makes every call idempotent, as Stripe's header does.

    Each method answers Approved or Declined, or raises ProviderUnavailable.
    """

    async def authorise(self, key: UUID, token: str, amount: Money) -> Answer:
        """Have the customer's bank hold the amount."""

    async def capture(self, key: UUID, reference: str, amount: Money) -> Answer:
        """Take the amount out of what is held; the rest of the hold ends."""

    async def void(self, key: UUID, reference: str) -> Answer:
        """Give up what is held."""

    async def refund(self, key: UUID, reference: str, amount: Money) -> Answer:
        """Send the amount back out of what was taken."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose message an operation goes back to, so that its events and its trace go on from it."""

    correlation_id: str
    causation_id: str | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An operation whose turn has come, leased to this process, and the payment as it stands."""

    operation: Operation
    payment: Payment
    origin: Origin
    attempts: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How an operation ended, and why it failed where it did."""

    operation_id: UUID
    stage: Stage
    failure: str | None = None


class Payments(Protocol):
    """The payments; whoever changes one holds its row until the transaction ends."""

    async def of_order(self, order_id: UUID) -> Payment | None:
        """The payment of an order, locked."""

    async def lock(self, payment_ids: Sequence[UUID]) -> dict[UUID, Payment]:
        """Several payments by id, locked in an order that cannot deadlock."""

    async def add(self, payment: Payment) -> None:
        """Store a new payment."""

    async def save(self, payments: Sequence[Payment]) -> None:
        """Store changed payments; their events go out when the unit of work commits."""


class Operations(Protocol):
    """The operations, waiting and done."""

    async def add(self, operation: Operation) -> None:
        """Store a new operation, which wakes the worker at commit."""

    async def any_waiting(self, payment_id: UUID) -> bool:
        """Whether an operation of the payment is not done yet."""

    async def withdraw(self, payment_id: UUID) -> bool:
        """Withdraw an authorisation that the provider was never asked for; False if it was."""

    async def claim(self, kinds: Iterable[Kind], limit: int, lease: timedelta) -> Sequence[Claimed]:
        """Lease operations whose turn has come; nobody else gets them before the lease ends."""

    async def waiting_among(self, operation_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these nobody has ended yet; ask only while their payments are locked."""

    async def finish(self, ended: Sequence[Ended]) -> None:
        """End operations and forget their tokens."""

    async def postpone(self, operation_id: UUID, delay: timedelta) -> None:
        """Have an operation claimed again after the delay."""


class Ledger(Protocol):
    """The books; only ever added to."""

    async def post(self, postings: Sequence[tuple[Claimed, Posting]]) -> None:
        """Write the postings, each named by its operation."""
