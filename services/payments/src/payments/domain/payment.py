"""The payment of one order: the aggregate that owns every change of its state.

Use cases load it locked, ask it what to call the provider for (`next_call`), tell it the answer
(`settle`), and store the posting that comes back. It records an event for every reply that the
order's saga is owed, and the same reply again when a command comes twice.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from payments.domain import ledger
from payments.domain.errors import (
    CaptureExceedsAuthorised,
    NotCapturable,
    NotRefundable,
    NotVoidable,
    RefundExceedsCaptured,
)
from payments.domain.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentRefunded,
    PaymentVoided,
)
from payments.domain.ledger import Posting
from payments.domain.money import Money
from payments.domain.operation import Answer, Approved, Call, Declined, Kind, Operation

VOIDED_BEFORE = "voided"


class Status(StrEnum):
    """Where a payment stands; `pending` is the only one that waits for its first answer."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    VOIDED = "voided"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


_TAKEN = frozenset({Status.CAPTURED, Status.PARTIALLY_REFUNDED})


@dataclass(slots=True)
class Payment:
    """`amount` is None where a void came before any authorisation was asked for."""

    id: UUID
    order_id: UUID
    amount: Money | None
    status: Status = Status.PENDING
    captured: int = 0
    refunded: int = 0
    reference: str | None = None
    decline_reason: str | None = None
    version: int = 0
    events: list[PaymentEvent] = field(default_factory=list)

    @classmethod
    def forestalled(cls, payment_id: UUID, order_id: UUID) -> "Payment":
        """A void came first: remember it, so that a later authorisation charges nothing."""
        payment = cls(payment_id, order_id, None, Status.VOIDED)
        payment._record(PaymentVoided)
        return payment

    @property
    def due(self) -> Money:
        """What was to be authorised; only a forestalled payment has no such amount."""
        if self.amount is None:
            raise NotCapturable("Nothing was ever to be authorised for this order.")
        return self.amount

    @property
    def refundable(self) -> Money:
        """What was captured and has not gone back yet."""
        return Money(self.captured - self.refunded, self.due.currency)

    def next_call(self, operation: Operation) -> Call | None:
        """What the provider has to be asked for this operation; None when nothing is left to do.

        Raises NotRefundable, CaptureExceedsAuthorised, RefundExceedsCaptured or CurrencyMismatch.
        """
        amount = operation.amount
        if operation.kind is Kind.AUTHORISE:
            return Call(Kind.AUTHORISE, self.due) if self.status is Status.PENDING else None
        if self.status is Status.AUTHORISED:
            return self._call_while_held(operation.kind, amount)
        if self.status in _TAKEN and operation.kind is not Kind.CAPTURE:
            if amount is not None and amount > self.refundable:
                raise RefundExceedsCaptured(f"Only {self.refundable} can still be refunded.")
            return Call(Kind.REFUND, amount or self.refundable)
        return None

    def _call_while_held(self, kind: Kind, amount: Money | None) -> Call:
        if kind is Kind.CAPTURE:
            if amount is not None and amount > self.due:
                raise CaptureExceedsAuthorised(f"Only {self.due} was authorised.")
            return Call(Kind.CAPTURE, amount or self.due)
        if kind is Kind.REFUND and amount is not None:
            raise NotRefundable("Nothing was captured yet, so no part of it can be refunded.")
        return Call(Kind.VOID, self.due)

    def require(self, kind: Kind) -> None:
        """Raise unless staff may ask for this now: NotCapturable, NotVoidable, NotRefundable."""
        held = self.status is Status.AUTHORISED
        if kind is Kind.CAPTURE and not held:
            raise NotCapturable(f"A payment that is {self.status} cannot be captured.")
        if kind is Kind.VOID and not held:
            raise NotVoidable(f"A payment that is {self.status} cannot be voided.")
        if kind is Kind.REFUND and self.status not in _TAKEN:
            raise NotRefundable(f"A payment that is {self.status} cannot be refunded.")

    def settle(self, call: Call, answer: Answer) -> Posting | None:
        """Take in the provider's answer; returns what to post, None when no money moved.

        A refused void or refund changes nothing: the operation has failed and staff must look.
        """
        if isinstance(answer, Declined):
            return self._refused(call, answer)
        match call.kind:
            case Kind.AUTHORISE:
                return self._authorise(answer)
            case Kind.CAPTURE:
                return self._capture(call.amount)
            case Kind.VOID:
                return self._void()
            case Kind.REFUND:
                return self._refund(call.amount)

    def decline(self, reason: str) -> None:
        """Nothing will be charged for this order."""
        self.status, self.decline_reason = Status.DECLINED, reason
        self._record(PaymentDeclined, reason=reason)

    def void_uncharged(self) -> None:
        """The void came before the provider was asked; it never will be."""
        self.status = Status.VOIDED
        self._record(PaymentVoided)

    def answer_again(self, kind: Kind) -> None:
        """Say once more what came of a command that has nothing left to do."""
        if self.status is Status.PENDING:
            return
        if kind is Kind.AUTHORISE:
            self._repeat_authorisation()
        elif self.status is Status.VOIDED:
            self._record(PaymentVoided)
        elif kind is Kind.CAPTURE:
            self._repeat_capture()
        elif self.status is Status.DECLINED:
            self._record(PaymentVoided)
        else:
            total = Money(self.refunded, self.due.currency)
            self._record(PaymentRefunded, amount=total, refunded_total=total)

    def _repeat_authorisation(self) -> None:
        if self.status is Status.VOIDED:
            self._record(PaymentDeclined, reason=VOIDED_BEFORE)
        elif self.status is Status.DECLINED:
            self._record(PaymentDeclined, reason=self.decline_reason)
        else:
            self._record(PaymentAuthorised, amount=self.due)

    def _repeat_capture(self) -> None:
        if self.status is Status.DECLINED:
            self._record(PaymentDeclined, reason=self.decline_reason)
        else:
            total = Money(self.captured, self.due.currency)
            self._record(PaymentCaptured, amount=total, captured_total=total)

    def _authorise(self, answer: Approved) -> Posting:
        self.status, self.reference = Status.AUTHORISED, answer.reference
        self._record(PaymentAuthorised, amount=self.due)
        return ledger.hold(self.due)

    def _capture(self, amount: Money) -> Posting:
        self.status, self.captured = Status.CAPTURED, amount.amount
        self._record(PaymentCaptured, amount=amount, captured_total=amount)
        return ledger.sale(self.due, amount)

    def _void(self) -> Posting:
        self.status = Status.VOIDED
        self._record(PaymentVoided)
        return ledger.release(self.due)

    def _refund(self, amount: Money) -> Posting:
        self.refunded += amount.amount
        whole = self.refunded == self.captured
        self.status = Status.REFUNDED if whole else Status.PARTIALLY_REFUNDED
        total = Money(self.refunded, self.due.currency)
        self._record(PaymentRefunded, amount=amount, refunded_total=total)
        return ledger.refund(amount)

    def _refused(self, call: Call, answer: Declined) -> Posting | None:
        """A refused capture ends the hold: the provider no longer has it."""
        if call.kind is Kind.AUTHORISE:
            self.decline(answer.reason)
        elif call.kind is Kind.CAPTURE:
            self.decline(answer.reason)
            return ledger.release(self.due)
        return None

    def _record(self, event: type[PaymentEvent], **details: Any) -> None:
        self.version += 1
        unknown = event is PaymentVoided and self.amount is None
        payment_id = None if unknown else self.id
        self.events.append(event(self.order_id, payment_id, self.version, **details))
