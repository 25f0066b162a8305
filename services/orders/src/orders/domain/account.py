"""The money of one order: what was taken, what was given back, and what is on its way back.

Immutable, held by the order. Payments owns the ledger; this is what its events told us, and the
limit that no refund passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from orders.domain.errors import RefundCurrencyDiffers, RefundNotFound, RefundTooLarge
from orders.domain.fulfilment import Charge, ChargeStatus
from orders.domain.money import Money

# Why a refund of returned goods fails whose charge had failed.
NOTHING_CAPTURED = "nothing_captured"


class RefundStatus(StrEnum):
    """WAITING until every charge is settled, PENDING once payments was asked."""

    WAITING = "waiting"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


_OPEN = (RefundStatus.WAITING, RefundStatus.PENDING)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money to be given back; `return_id` names the goods that it is for, if any."""

    id: UUID
    amount: Money
    reason: str
    status: RefundStatus
    requested_at: datetime
    return_id: UUID | None = None
    closed_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`captured` and `refunded` are payments' own totals; `refunds` those that we asked for."""

    captured: Money
    refunded: Money
    refunds: tuple[Refund, ...] = ()

    @classmethod
    def empty(cls, currency: str) -> "Account":
        """Nothing taken, nothing given back."""
        return cls(Money(0, currency), Money(0, currency))

    @property
    def left(self) -> Money:
        """What may still be given back: taken, and neither given back nor on its way back."""
        asked = sum(r.amount.amount for r in self.refunds if r.status in _OPEN)
        left = self.captured.amount - self.refunded.amount - asked
        return Money(max(left, 0), self.captured.currency)

    def refund(self, refund_id: UUID) -> Refund:
        """Returns one refund. Raises RefundNotFound."""
        for one in self.refunds:
            if one.id == refund_id:
                return one
        raise RefundNotFound

    def wanted(self, amount: Money | None) -> Money:
        """Returns what is asked for, all that is left for None.

        Raises RefundCurrencyDiffers or RefundTooLarge.
        """
        asked = amount or self.left
        if asked.currency != self.left.currency:
            raise RefundCurrencyDiffers(self.left.currency)
        if asked.amount > self.left.amount or not asked.amount:
            raise RefundTooLarge(self.left.amount, self.left.currency)
        return asked

    def put(self, refund: Refund) -> "Account":
        """Takes in a new refund, or a changed one in the place of the old."""
        by_id = {one.id: one for one in self.refunds} | {refund.id: refund}
        return replace(self, refunds=tuple(by_id.values()))

    def close(
        self,
        refund_id: UUID | None,
        status: RefundStatus,
        now: datetime,
        problem: str | None = None,
    ) -> "Account":
        """Ends an open refund; one that we never asked for, or that has ended, is left alone."""
        for one in self.refunds:
            if one.id == refund_id and one.status in _OPEN:
                return self.put(replace(one, status=status, closed_at=now, problem=problem))
        return self


def left_to_charge(total: Money, account: Account, charges: Sequence[Charge]) -> Money:
    """Returns what no parcel asked for yet, and nobody took by hand."""
    pending = _sum(charges, ChargeStatus.PENDING)
    # What was taken by hand, for a parcel whose charge failed too, is in `captured` alone.
    taken = max(account.captured.amount, _sum(charges, ChargeStatus.CAPTURED))
    return Money(max(total.amount - pending - taken, 0), total.currency)


def failed_to_charge(account: Account, charges: Sequence[Charge], returned: Money) -> Money:
    """Returns what parcels asked for, did not get, and may still ask for.

    `returned` is what the goods that came back are worth.
    """
    failed = _sum(charges, ChargeStatus.FAILED) - _not_paid_back(account, returned)
    return Money(max(failed, 0), account.captured.currency)


def problem_of(
    total: Money, account: Account, charges: Sequence[Charge], returned: Money
) -> str | None:
    """Returns why a parcel's money is missing.

    None once it was taken by hand or with the last parcel, or the goods came back.
    """
    # The last parcel asks again for what an earlier one did not get, but nobody owes it twice.
    due = min(sum(charge.amount.amount for charge in charges), total.amount)
    due -= _not_paid_back(account, returned)
    failed = [c.problem for c in charges if c.status is ChargeStatus.FAILED]
    missing = account.captured.amount + _sum(charges, ChargeStatus.PENDING) < due
    return failed[-1] if failed and missing else None


def _not_paid_back(account: Account, returned: Money) -> int:
    """Returns what goods are worth that came back before anybody had paid for them."""
    owed = [r for r in account.refunds if r.return_id and r.problem != NOTHING_CAPTURED]
    return max(returned.amount - sum(refund.amount.amount for refund in owed), 0)


def _sum(charges: Sequence[Charge], status: ChargeStatus) -> int:
    return sum(charge.amount.amount for charge in charges if charge.status is status)
