"""What payments needs from outside: its stores, and a provider that moves the money.

`adapters` implement them with PostgreSQL and a simulated provider; the unit tests with lists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from payments.domain.ledger import Posting
from payments.domain.money import Money
from payments.domain.operation import Answer, Ended, Kind, Operation, Reply
from payments.domain.payment import Payment
from payments.domain.reconciliation import Charge, Position


class ProviderUnavailable(Exception):
    """The provider gave no answer: whether it did what we asked is not known, so ask again."""


class PaymentProvider(Protocol):
    """A provider of card payments. `key` makes every call idempotent, as Stripe's header does.

    Each method answers Approved, Declined or Processing, or raises ProviderUnavailable.
    """

    async def authorise(self, key: UUID, token: str, amount: Money) -> Reply:
        """Have the customer's bank hold the amount."""

    async def capture(self, key: UUID, reference: str, amount: Money, *, final: bool) -> Reply:
        """Take the amount out of what is held; if it is final, the rest of the hold ends."""

    async def void(self, key: UUID, reference: str) -> Reply:
        """Give up what is still held; a hold that has ended uncaptured is approved again."""

    async def refund(self, key: UUID, reference: str, amount: Money) -> Reply:
        """Send the amount back out of what was taken."""

    async def inquire(self, kind: Kind, reference: str) -> Reply:
        """What came of a call of that kind which was answered with Processing(reference)."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What the provider tells us unasked. `key` is the idempotency key of the call it is about.

    `answer` is what came of that call; `hold_ended` says that what it had held is held no more.
    With neither it is about something that payments does not follow.
    """

    id: str
    key: UUID | None = None
    answer: Answer | None = None
    hold_ended: bool = False


class NotificationReader(Protocol):
    """Reads what a provider posts to our address."""

    @property
    def header(self) -> str:
        """The name of the header field with the signature."""

    def read(self, signature: str, body: bytes, now: datetime) -> Notification:
        """Raises BadSignature and UnreadableNotification."""


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

    async def add(self, operation: Operation, ended: Ended | None = None) -> None:
        """Store a new operation, which wakes the worker at commit; or one that ended at once."""

    async def for_subject(
        self, payment_id: UUID, kind: Kind, subject_id: UUID
    ) -> tuple[Operation, Ended] | None:
        """The operation that was recorded for a shipment or a refund, and how far it is."""

    async def waiting(self, operation_id: UUID) -> Claimed | None:
        """An operation that nobody has ended yet, and its payment; leased by nobody."""

    async def payment_of(self, operation_id: UUID) -> UUID | None:
        """The payment of an operation, ended or not."""

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

    async def postpone(
        self, operation_id: UUID, delay: timedelta, reference: str | None = None
    ) -> None:
        """Have an operation claimed again after the delay.

        With the provider's reference it will be asked about, and its token is forgotten.
        """


class Ledger(Protocol):
    """The books; only ever added to."""

    async def post(self, postings: Sequence[tuple[Claimed, Posting]]) -> None:
        """Write the postings, each named by its operation."""


class ProviderBooks(Protocol):
    """The provider's own list of charges."""

    async def charges(self, since: datetime, after: str | None) -> Sequence[Charge]:
        """A page of the charges made since then, behind `after`'s; empty at the end.

        Raises ProviderUnavailable.
        """

    async def charge(self, reference: str) -> Charge | None:
        """One charge as it stands; raises ProviderUnavailable."""


class OwnBooks(Protocol):
    """Our payments with what the ledger posted for them."""

    async def positions(self, keys: Sequence[UUID]) -> dict[UUID, Position]:
        """Payments by the keys of their authorisations."""

    async def charged(self, since: datetime, after: UUID | None) -> Sequence[Position]:
        """A page of the payments since then that the provider gave a reference; empty at the end.

        `after` is the id of the last payment of the page before.
        """
