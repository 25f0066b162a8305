"""The payment of one order: the aggregate that owns every change of its state.

Use cases load it locked, ask it what to call the provider for (`next_call`), tell it the answer
(`settle`), and store the posting that comes back. It records an event for every reply that the
order's saga is owed; `replies.py` says them again when a command comes twice.
"""

from dataclasses import dataclass, field
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
    CaptureFailed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from payments.domain.ledger import Posting
from payments.domain.money import Money
from payments.domain.operation import Answer, Approved, Call, Declined, Kind, Operation
from payments.domain.status import HOLDING, Status, without_hold


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
    def never_authorised(cls, payment_id: UUID, order_id: UUID) -> "Payment":
        """Something else came before any authorisation: a later one will charge nothing."""
        return cls(payment_id, order_id, None, Status.VOIDED)

    @classmethod
    def forestalled(cls, payment_id: UUID, order_id: UUID) -> "Payment":
        """A void came first, and is remembered and answered."""
        payment = cls.never_authorised(payment_id, order_id)
        payment.record(PaymentVoided)
        return payment

    @property
    def due(self) -> Money:
        """What was to be authorised; only a payment that a void forestalled has no such amount."""
        if self.amount is None:
            raise NotCapturable("Nothing was ever to be authorised for this order.")
        return self.amount

    @property
    def is_holding(self) -> bool:
        """Whether the customer's bank still holds something for us."""
        return self.status in HOLDING

    @property
    def held(self) -> Money:
        """What the customer's bank still holds for us."""
        return Money(self.due.amount - self.captured if self.is_holding else 0, self.due.currency)

    @property
    def refundable(self) -> Money:
        """What was captured and has not gone back yet."""
        return Money(self.captured - self.refunded, self.due.currency)

    def next_call(self, operation: Operation) -> Call | None:
        """What the provider has to be asked for this operation; None when nothing is left to do.

        Raises NotCapturable, NotRefundable, CaptureExceedsAuthorised, RefundExceedsCaptured or
        CurrencyMismatch.
        """
        match operation.kind:
            case Kind.AUTHORISE:
                return Call(Kind.AUTHORISE, self.due) if self.status is Status.PENDING else None
            case Kind.CAPTURE:
                return self._call_to_capture(operation)
            case Kind.REFUND:
                return self._call_to_refund(operation)
            case Kind.VOID | Kind.UNDO if self.is_holding:
                return Call(Kind.VOID, self.held)
            case Kind.UNDO if self.captured > self.refunded:
                return Call(Kind.REFUND, self.refundable)
        return None

    def _call_to_capture(self, wanted: Operation) -> Call | None:
        if not self.is_holding:
            if self.captured and wanted.subject_id is None:
                return None
            raise NotCapturable(f"A payment that is {self.status} cannot be captured.")
        amount = wanted.amount or self.held
        if amount > self.held:
            raise CaptureExceedsAuthorised(f"Only {self.held} is still held.")
        if amount.amount:
            return Call(Kind.CAPTURE, amount, wanted.final or amount == self.held)
        # A shipment of what was free: there is nothing to take, but the rest may be over.
        return Call(Kind.VOID, self.held) if wanted.final else None

    def _call_to_refund(self, wanted: Operation) -> Call | None:
        everything = wanted.amount is None and wanted.subject_id is None
        if not self.captured and not everything:
            raise NotRefundable("Nothing was captured, so no part of it can be refunded.")
        if self.status is Status.AUTHORISED:
            return Call(Kind.VOID, self.held)
        if self.captured == self.refunded and everything:
            return None
        amount = wanted.amount or self.refundable
        if amount > self.refundable or not amount.amount:
            raise RefundExceedsCaptured(f"Only {self.refundable} can still be refunded.")
        return Call(Kind.REFUND, amount)

    def require(self, kind: Kind) -> None:
        """Raise unless staff may ask for this now: NotCapturable, NotVoidable, NotRefundable."""
        if kind is Kind.CAPTURE and not self.is_holding:
            raise NotCapturable(f"A payment that is {self.status} cannot be captured.")
        if kind is Kind.VOID and not self.is_holding:
            raise NotVoidable(f"A payment that is {self.status} cannot be voided.")
        if kind is Kind.REFUND and self.captured == self.refunded:
            raise NotRefundable(f"A payment that is {self.status} cannot be refunded.")

    def settle(self, operation: Operation, call: Call, answer: Answer) -> Posting | None:
        """Take in the provider's answer; returns what to post, None when no money moved.

        A refused void changes nothing: the operation has failed and staff must look.
        """
        if isinstance(answer, Declined):
            return self._declined(operation, answer)
        match call.kind:
            case Kind.AUTHORISE:
                return self._authorise(answer)
            case Kind.CAPTURE:
                return self._capture(call, operation.subject_id)
            case Kind.REFUND:
                return self._refund(call.amount, operation.subject_id)
        return self._give_up(operation)

    def decline(self, reason: str) -> None:
        """Nothing will be charged for this order."""
        self.status, self.decline_reason = Status.DECLINED, reason
        self.record(PaymentDeclined, reason=reason)

    def hold_nothing(self) -> None:
        """An order that costs nothing needs no provider to be as good as paid."""
        self.status = Status.AUTHORISED
        self.record(PaymentAuthorised, amount=self.due)

    def void_uncharged(self) -> None:
        """The void came before the provider was asked; it never will be."""
        self.status = Status.VOIDED
        self.record(PaymentVoided)

    def refuse(self, operation: Operation, reason: str) -> None:
        """Say that a capture or a refund failed; nobody waits to hear that of the others."""
        if operation.kind is Kind.CAPTURE:
            self.record(CaptureFailed, reason=reason, shipment_id=operation.subject_id)
        elif operation.kind is Kind.REFUND:
            self.record(RefundFailed, reason=reason, refund_id=operation.subject_id)

    def record(self, event: type[PaymentEvent], **details: Any) -> None:
        """Have an event go out, as this payment's next version."""
        self.version += 1
        unknown = self.amount is None
        payment_id = None if unknown and event is not PaymentDeclined else self.id
        self.events.append(event(self.order_id, payment_id, self.version, **details))

    def record_capture(self, amount: Money, shipment_id: UUID | None) -> None:
        """Say what was taken."""
        total = Money(self.captured, amount.currency)
        details = {"amount": amount, "captured_total": total, "shipment_id": shipment_id}
        self.record(PaymentCaptured, **details)

    def record_refund(self, amount: Money, refund_id: UUID | None) -> None:
        """Say what went back."""
        total = Money(self.refunded, amount.currency)
        details = {"amount": amount, "refunded_total": total, "refund_id": refund_id}
        self.record(PaymentRefunded, **details)

    def _authorise(self, answer: Approved) -> Posting:
        self.status, self.reference = Status.AUTHORISED, answer.reference
        self.record(PaymentAuthorised, amount=self.due)
        return ledger.hold(self.due)

    def _capture(self, call: Call, shipment_id: UUID | None) -> Posting:
        ended = self.held if call.final else call.amount
        self.captured += call.amount.amount
        self.status = self._without_hold if call.final else Status.PARTIALLY_CAPTURED
        self.record_capture(call.amount, shipment_id)
        return ledger.sale(ended, call.amount)

    def _give_up(self, operation: Operation) -> Posting:
        held, self.status = self.held, self._without_hold
        if operation.kind is Kind.CAPTURE:
            self.record_capture(Money(0, held.currency), operation.subject_id)
        else:
            self.record(PaymentVoided)
        return ledger.release(held)

    def _refund(self, amount: Money, refund_id: UUID | None) -> Posting:
        self.refunded += amount.amount
        if not self.is_holding:
            self.status = self._without_hold
        self.record_refund(amount, refund_id)
        return ledger.refund(amount)

    def _declined(self, operation: Operation, answer: Declined) -> Posting | None:
        if operation.kind is Kind.AUTHORISE:
            self.decline(answer.reason)
            return None
        posting = None
        if answer.hold_ended and self.is_holding:
            posting = ledger.release(self.held)
            self.status = self._without_hold
        self.refuse(operation, answer.reason)
        return posting

    @property
    def _without_hold(self) -> Status:
        return without_hold(self.captured, self.refunded)
