"""The order's money moves: what payments tells of charges, and what it is asked to give back.

Functions over the order, called by the consumer of payments' events and by the refunds' use case.
A refund waits until every charge is settled, since only then is it known what there is to give.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from orders.domain.account import NOTHING_CAPTURED, Account, Refund, RefundStatus
from orders.domain.events import OrderRefunded, RefundFailed, RefundPayment
from orders.domain.fulfilment import ChargeStatus, Return
from orders.domain.money import Money
from orders.domain.moves import Move, must
from orders.domain.order import Order
from orders.domain.saga import Answer


@dataclass(frozen=True, slots=True)
class Moved:
    """What payments says: this much just now, and `total` of it so far, for what we asked."""

    amount: Money
    total: Money | None = None
    cause: UUID | None = None


def payment_captured(order: Order, moved: Moved, now: datetime) -> None:
    """Takes in that money was taken; for an order that has ended the saga gives it back."""
    captured = moved.total or order.account.captured + moved.amount
    order.account = replace(order.account, captured=captured)
    order.updated_at = now
    _settle_charge(order, moved.cause, ChargeStatus.CAPTURED)
    order.receive(Answer.PAYMENT_CAPTURED, now)
    _ask_for_waiting(order, now)


def capture_failed(order: Order, shipment_id: UUID | None, reason: str, now: datetime) -> None:
    """Keeps why a parcel's money is missing: the parcel is gone, so the staff must see to it."""
    order.updated_at = now
    _settle_charge(order, shipment_id, ChargeStatus.FAILED, reason)
    _ask_for_waiting(order, now)


def payment_refunded(order: Order, moved: Moved, now: datetime) -> None:
    """Takes in that money went back, whoever asked for it."""
    refunded = moved.total or order.account.refunded + moved.amount
    account = order.account.close(moved.cause, RefundStatus.DONE, now)
    order.account = replace(account, refunded=refunded)
    order.updated_at = now
    order.record(OrderRefunded(moved.cause, moved.amount, refunded))
    order.receive(Answer.PAYMENT_REFUNDED, now)


def refund_failed(order: Order, refund_id: UUID | None, reason: str, now: datetime) -> None:
    """Ends a refund that came to nothing; what it held may be asked for again."""
    account = order.account.close(refund_id, RefundStatus.FAILED, now, reason)
    if refund_id is not None and account != order.account:
        order.account, order.updated_at = account, now
        order.record(RefundFailed(refund_id, account.refund(refund_id).amount, reason))


def request_refund(
    order: Order, refund_id: UUID, amount: Money | None, reason: str, now: datetime
) -> Refund:
    """Gives back that much, or all that is left.

    Raises OrderCannotBeRefunded, RefundCurrencyDiffers or RefundTooLarge.
    """
    must(order.status, Move.REFUND)
    wanted = order.account.wanted(amount)
    order.make(Move.REFUND, order.status, now)
    return _ask(order, Refund(refund_id, wanted, reason, RefundStatus.PENDING, now))


def refund_goods(
    order: Order, refund_id: UUID, asked: Return, worth: Money, now: datetime
) -> Money:
    """Gives back what returned goods are worth, if that much was taken; returns how much it is."""
    open_charges = _pending(order)
    expected = replace(order.account, captured=order.account.captured + open_charges)
    amount = Money(min(worth.amount, expected.left.amount), worth.currency)
    if amount.amount:
        refund = Refund(refund_id, amount, asked.reason, RefundStatus.WAITING, now, asked.id)
        order.account = order.account.put(refund)
        _ask_for_waiting(order, now)
    return amount


def _ask_for_waiting(order: Order, now: datetime) -> None:
    if _pending(order).amount:
        return
    for refund in [r for r in order.account.refunds if r.status is RefundStatus.WAITING]:
        left = _left_for(order.account, refund)
        if left.amount:
            _ask(order, replace(refund, status=RefundStatus.PENDING, amount=left))
        else:
            refund_failed(order, refund.id, NOTHING_CAPTURED, now)


def _ask(order: Order, refund: Refund) -> Refund:
    order.account = order.account.put(refund)
    order.tell(RefundPayment(refund.id, refund.amount))
    return refund


def _left_for(account: Account, refund: Refund) -> Money:
    """What a waiting refund may have: it must not stand in its own way."""
    without = replace(account, refunds=tuple(r for r in account.refunds if r.id != refund.id))
    return Money(min(refund.amount.amount, without.left.amount), refund.amount.currency)


def _pending(order: Order) -> Money:
    charges = order.fulfilment.charges
    pending = sum(c.amount.amount for c in charges if c.status is ChargeStatus.PENDING)
    return Money(pending, order.total.currency)


def _settle_charge(
    order: Order, shipment_id: UUID | None, status: ChargeStatus, problem: str | None = None
) -> None:
    for shipment in order.fulfilment.shipments:
        if shipment.id == shipment_id:
            charge = replace(shipment.charge, status=status, problem=problem)
            order.fulfilment = order.fulfilment.put(replace(shipment, charge=charge))
