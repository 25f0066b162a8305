"""What can be read of payments: the views that the API shows, and the port that reads them.

Reads skip the domain; `adapters/queries.py` implements the port with one statement a view.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from payments.domain.money import Money


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation as staff sees it; the token it may carry is not among it."""

    id: UUID
    payment_id: UUID
    kind: str
    stage: str
    amount: Money | None
    attempts: int
    failure: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment; `amount` is None where a void came before any authorisation."""

    id: UUID
    order_id: UUID
    status: str
    amount: Money | None
    captured: Money | None
    refunded: Money | None
    decline_reason: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments to list; None does not filter. `after` is the last id of the page before."""

    order_id: UUID | None = None
    status: str | None = None
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What the entries of an account sum to: debits positive, credits negative."""

    account: str
    money: Money


class PaymentQueries(Protocol):
    """Reads without locks."""

    async def payment(self, payment_id: UUID) -> PaymentView:
        """One payment; raises PaymentNotFound."""

    async def payments(self, wanted: PaymentFilter, limit: int) -> list[PaymentView]:
        """Newest first, at most `limit`."""

    async def operations(self, payment_id: UUID) -> list[OperationView]:
        """A payment's operations in the order in which they were asked for."""

    async def operation(self, payment_id: UUID, operation_id: UUID) -> OperationView:
        """One operation; raises PaymentNotFound."""

    async def balances(self) -> list[Balance]:
        """Every account of every currency that has entries."""
