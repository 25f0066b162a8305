"""Bugs of what the services decide: the saga, the hold, the payment and its books."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import payments.application.carry_out
from inventory.domain.reservation import Reservation, Status
from orders.domain.order import Order
from orders.domain.progress import Saga
from orders.domain.saga import STEPS, Answer, Command, Reason, State
from payments.domain import ledger
from payments.domain.money import Money
from tests.reliability.bugs.registry import Put, bug


@bug("compensation_left_out", "I2", "a purchase that fails gives no stock back")
def _compensation_left_out(put: Put) -> None:
    undo = Saga._undo

    def keep_stock(self: Saga, commands: Sequence[Command], now: datetime) -> None:
        undo(self, tuple(c for c in commands if c is not Command.RELEASE_STOCK), now)

    put(Saga, "_undo", keep_stock)


@bug("payment_not_voided", "I1", "a purchase that fails leaves its payment authorised")
def _payment_not_voided(put: Put) -> None:
    undo = Saga._undo

    def keep_money(self: Saga, commands: Sequence[Command], now: datetime) -> None:
        undo(self, tuple(c for c in commands if c is not Command.VOID_PAYMENT), now)

    put(Saga, "_undo", keep_money)


@bug("cancel_ignored", "I1", "a cancelled order's saga goes on")
def _cancel_ignored(put: Put) -> None:
    put(Saga, "cancel", lambda _self, _now: None)


@bug("confirmed_too_early", "I2", "an authorised payment confirms, and no stock is committed")
def _confirmed_too_early(put: Put) -> None:
    receive = Saga.receive

    def confirm(self: Saga, answer: Answer, now: datetime) -> Reason | None:
        if self.state is State.AUTHORISING and answer is Answer.PAYMENT_AUTHORISED:
            self.state, self.deadline = State.COMPLETED, None
            return None
        return receive(self, answer, now)

    put(Saga, "receive", confirm)


@bug("silence_is_final", "I7", "a question that nobody answers is not asked again")
def _silence_is_final(put: Put) -> None:
    passed = Saga.time_limit_passed

    def give_up(self: Saga, now: datetime) -> Reason | None:
        step = next((step for step in STEPS if step.state is self.state), None)
        if step is None or step.when_late is None:
            return None
        return passed(self, now)

    put(Saga, "time_limit_passed", give_up)


@bug("wrong_order", "RUN", "an answer is taken for the order that was answered before")
def _wrong_order(put: Put) -> None:
    from orders.application import advance_saga
    from orders.consumers import reading

    advance, before = advance_saga.advance_saga, list[Any]()

    async def confused(reply: Any, uow: Any, now: datetime) -> None:
        before.append(reply.order_id)
        meant = before[-2] if len(before) > 3 and len(before) % 4 == 0 else reply.order_id
        try:
            await advance(type(reply)(meant, reply.answer, reply.shortages), uow, now)
        except LookupError:
            await advance(reply, uow, now)

    put(reading, "advance_saga", confused)


@bug("version_not_counted", "I6", "a rejection is recorded under the version before it")
def _version_not_counted(put: Put) -> None:
    reject = Order._reject

    def uncounted(self: Order, *details: Any) -> None:
        self.version -= 1
        reject(self, *details)

    put(Order, "_reject", uncounted)


@bug("expiry_keeps_stock", "I2", "a hold that expires gives nothing back")
def _expiry_keeps_stock(put: Put) -> None:
    def expire(self: Reservation, _shelf: Any, now: datetime, _cause: Any) -> None:
        if self.status is Status.HELD and self.expires_at and self.expires_at <= now:
            self.status = Status.EXPIRED
            self.answer()

    put(Reservation, "expire", expire)


@bug("never_expires", "RUN", "holds do not expire")
def _never_expires(put: Put) -> None:
    async def nothing(_now: datetime, _uow: Any) -> bool:
        return False

    import inventory.bootstrap

    put(inventory.bootstrap, "expire_reservations", nothing)


@bug("sold_stays_sold", "I2", "a cancelled order's stock that was sold is not restocked")
def _sold_stays_sold(put: Put) -> None:
    release = Reservation.release

    def forget(self: Reservation, shelf: Any, cause: Any) -> None:
        if self.status is Status.COMMITTED:
            self.status = Status.RELEASED
            self.answer()
        else:
            release(self, shelf, cause)

    put(Reservation, "release", forget)


@bug("oversold", "I5", "stock is reserved without a look at how much there is")
def _oversold(put: Put) -> None:
    import inventory.domain.reservation

    put(inventory.domain.reservation, "_shortages", lambda _lines, _shelf: [])


@bug("one_sided_ledger", "I1", "a release is booked on one side only")
def _one_sided_ledger(put: Put) -> None:
    def release(amount: Money) -> Any:
        posting = ledger.hold(-amount)
        object.__setattr__(posting, "entries", posting.entries[:1])
        return posting

    put(ledger, "release", release)


@bug("lost_penny", "I1", "an odd total is authorised one penny short")
def _lost_penny(put: Put) -> None:
    from orders.adapters import event_mapping

    def rounded(money: Any) -> dict[str, Any]:
        return {"amount": money.amount - money.amount % 2, "currency": money.currency}

    put(event_mapping, "_money", rounded)


@bug("new_provider_key", "I1", "each attempt asks the provider under a new key")
def _new_provider_key(put: Put) -> None:
    from dataclasses import replace

    from chassis.ids import uuid7

    ask = payments.application.carry_out._ask

    async def ask_anew(claimed: Any, call: Any, provider: Any) -> Any:
        operation = replace(claimed.operation, id=uuid7())
        return await ask(replace(claimed, operation=operation), call, provider)

    put(payments.application.carry_out, "_ask", ask_anew)


@bug(
    "captured_more_than_shipped",
    "RUN",
    "each parcel takes all the money that is left",
)
def _captured_more_than_shipped(put: Put) -> None:
    from orders.domain import dispatch

    put(dispatch, "capture_share", lambda _lines, _leaving, _before, total: total)


@bug("refund_twice", "RUN", "a refund is asked for again when its money has already gone back")
def _refund_twice(put: Put) -> None:
    from uuid import UUID

    from orders.domain import payment
    from orders.domain.events import RefundPayment

    close = payment.payment_refunded

    def again(order: Order, moved: Any, now: datetime) -> None:
        close(order, moved, now)
        if moved.cause is not None and moved.cause.int % 2 == 0:
            order.tell(RefundPayment(UUID(int=moved.cause.int + 1), moved.amount))

    put(payment, "payment_refunded", again)


@bug("returned_twice", "I2", "a return that is in already is put on the shelf again")
def _returned_twice(put: Put) -> None:
    take_back = Reservation.take_back

    def forgetful(self: Reservation, return_id: Any, *details: Any) -> None:
        take_back(self, return_id, *details)
        self.returns = {}

    put(Reservation, "take_back", forgetful)


@bug("packed_and_cancelled", "RUN", "an order that is packed may still be cancelled")
def _packed_and_cancelled(put: Put) -> None:
    from orders.domain import order as module

    must = vars(module)["must"]

    def lenient(status: Any, move: Any, to: Any = None) -> None:
        if move != "cancel" or status not in ("packed", "shipped"):
            must(status, move, to)

    put(module, "must", lenient)


@bug("share_lost", "I1", "the last parcel is not charged for what rounding left")
def _share_lost(put: Put) -> None:
    from orders.domain import dispatch

    share = vars(dispatch)["capture_share"]

    def short(*details: Any) -> Any:
        whole = share(*details)
        return type(whole)(max(whole.amount - 1, 0), whole.currency)

    put(dispatch, "capture_share", short)
