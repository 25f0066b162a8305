"""What our books say of a charge against what the provider's say: every difference by its name.

Pure comparison; `application/reconcile.py` reads both sides and decides what is merely under way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from payments.domain.ledger import Account
from payments.domain.money import Money
from payments.domain.payment import Payment
from payments.domain.status import Status


class Standing(StrEnum):
    """Where a charge stands with the provider; one with anything held is `held`."""

    PROCESSING = "processing"
    HELD = "held"
    CAPTURED = "captured"
    VOIDED = "voided"
    DECLINED = "declined"


class Kind(StrEnum):
    """What can differ; `ledger` is between our own payment and our own books."""

    MISSING_HERE = "missing_here"
    MISSING_AT_PROVIDER = "missing_at_provider"
    CURRENCY = "currency"
    AMOUNT = "amount"
    STATUS = "status"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as the provider lists it; `key` is the idempotency key it was asked with."""

    reference: str
    key: UUID | None
    standing: Standing
    authorised: Money
    captured: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Position:
    """One payment as we have it, with what the ledger has posted for it.

    `key` is its authorisation's; `in_flight` says that an operation is with the provider now.
    """

    key: UUID
    payment: Payment
    balances: dict[str, int]
    in_flight: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same on both sides; None is a side that has nothing."""

    kind: Kind
    reference: str
    payment_id: UUID | None
    order_id: UUID | None
    ours: str | None
    theirs: str | None


_EXPECTED = {
    Status.PENDING: Standing.PROCESSING,
    Status.AUTHORISED: Standing.HELD,
    Status.PARTIALLY_CAPTURED: Standing.HELD,
    Status.DECLINED: Standing.DECLINED,
    Status.VOIDED: Standing.VOIDED,
    Status.CAPTURED: Standing.CAPTURED,
    Status.PARTIALLY_REFUNDED: Standing.CAPTURED,
    Status.REFUNDED: Standing.CAPTURED,
}


def compare(ours: Position | None, theirs: Charge | None) -> list[Difference]:
    """Every difference between the two sides of one charge; none when they agree."""
    if ours is None:
        return [] if theirs is None else list(_unknown_here(theirs))
    reference = theirs.reference if theirs else ours.payment.reference or ""
    payment = ours.payment

    def difference(kind: Kind, here: object, there: object) -> Difference:
        said = (None if side is None else str(side) for side in (here, there))
        return Difference(kind, reference, payment.id, payment.order_id, *said)

    found = [difference(Kind.LEDGER, *sides) for sides in _in_the_ledger(ours)]
    if theirs is None:
        return [difference(Kind.MISSING_AT_PROVIDER, payment.status, None), *found]
    sides = _sides(payment, theirs)
    return [difference(kind, here, there) for kind, here, there in sides if here != there] + found


def _unknown_here(theirs: Charge) -> Iterator[Difference]:
    if theirs.standing is not Standing.DECLINED:
        said = f"{theirs.standing}, {theirs.authorised}"
        yield Difference(Kind.MISSING_HERE, theirs.reference, None, None, None, said)


def _sides(payment: Payment, theirs: Charge) -> Iterator[tuple[Kind, object, object]]:
    there = theirs.authorised
    yield Kind.CURRENCY, payment.due.currency, there.currency
    yield Kind.AMOUNT, payment.due.amount, there.amount
    yield Kind.STATUS, _EXPECTED[payment.status].value, theirs.standing.value
    yield Kind.CAPTURED, payment.captured, theirs.captured
    yield Kind.REFUNDED, payment.refunded, theirs.refunded


def _in_the_ledger(ours: Position) -> Iterator[tuple[str, str]]:
    """What the payment's own numbers demand of each account, where the books say otherwise."""
    payment = ours.payment
    expected = {
        Account.CUSTOMER_AUTHORISATIONS: payment.held.amount,
        Account.AUTHORISED_SALES: -payment.held.amount,
        Account.PROVIDER_RECEIVABLE: payment.captured - payment.refunded,
        Account.SALES: -payment.captured,
        Account.REFUNDS: payment.refunded,
    }
    for account, amount in expected.items():
        posted = ours.balances.get(account, 0)
        if posted != amount:
            yield f"payment: {account} {amount}", f"ledger: {account} {posted}"
