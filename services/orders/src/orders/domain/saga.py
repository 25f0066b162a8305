"""The order saga as data: what is asked of whom, what undoes it, and how long it may take.

STEPS is the whole process of buying, to be read like a table. progress.py walks one order through
it, and needs neither a broker nor a database for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Command(StrEnum):
    """What the saga tells the participants; the names are those in contracts/commands/."""

    RESERVE_STOCK = "reserve_stock"
    RELEASE_STOCK = "release_stock"
    COMMIT_STOCK = "commit_stock"
    AUTHORISE_PAYMENT = "authorise_payment"
    VOID_PAYMENT = "void_payment"


class Answer(StrEnum):
    """What the participants reply; the names are those in contracts/events/."""

    STOCK_RESERVED = "stock_reserved"
    STOCK_REJECTED = "stock_rejected"
    STOCK_RELEASED = "stock_released"
    STOCK_COMMITTED = "stock_committed"
    RESERVATION_EXPIRED = "reservation_expired"
    PAYMENT_AUTHORISED = "payment_authorised"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_CAPTURED = "payment_captured"
    PAYMENT_REFUNDED = "payment_refunded"


class Reason(StrEnum):
    """Why an order is rejected."""

    OUT_OF_STOCK = "out_of_stock"
    PAYMENT_DECLINED = "payment_declined"
    TIMED_OUT = "timed_out"
    RESERVATION_EXPIRED = "reservation_expired"


class State(StrEnum):
    """Where a saga stands: at a step, going back, or closed."""

    RESERVING = "reserving"
    AUTHORISING = "authorising"
    COMMITTING = "committing"
    COMPENSATING = "compensating"
    COMPLETED = "completed"
    COMPENSATED = "compensated"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the order ends, and what must be undone, the latest first."""

    reason: Reason
    undo: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. When `when_late` is None, the command is sent again instead of giving up."""

    state: State
    command: Command
    compensation: Command
    succeeds_on: Answer
    fails_on: Mapping[Answer, Failure]
    time_limit: timedelta
    when_late: Failure | None


RELEASE, VOID = Command.RELEASE_STOCK, Command.VOID_PAYMENT
# Long enough for a broker or a provider to come back, short enough for a hold of 15 minutes.
PATIENCE = timedelta(minutes=5)

STEPS = (
    Step(
        state=State.RESERVING,
        command=Command.RESERVE_STOCK,
        compensation=RELEASE,
        succeeds_on=Answer.STOCK_RESERVED,
        fails_on={
            Answer.STOCK_REJECTED: Failure(Reason.OUT_OF_STOCK),
            Answer.RESERVATION_EXPIRED: Failure(Reason.RESERVATION_EXPIRED),
        },
        time_limit=PATIENCE,
        when_late=Failure(Reason.TIMED_OUT, undo=(RELEASE,)),
    ),
    Step(
        state=State.AUTHORISING,
        command=Command.AUTHORISE_PAYMENT,
        compensation=VOID,
        succeeds_on=Answer.PAYMENT_AUTHORISED,
        fails_on={
            Answer.PAYMENT_DECLINED: Failure(Reason.PAYMENT_DECLINED, undo=(RELEASE,)),
            # The staff may void a payment by hand, before we have heard that it was authorised.
            Answer.PAYMENT_VOIDED: Failure(Reason.PAYMENT_DECLINED, undo=(RELEASE,)),
            Answer.RESERVATION_EXPIRED: Failure(Reason.RESERVATION_EXPIRED, undo=(VOID,)),
        },
        time_limit=PATIENCE,
        when_late=Failure(Reason.TIMED_OUT, undo=(VOID, RELEASE)),
    ),
    # The pivot: nothing but its answer confirms the order, so it is asked until it is answered.
    Step(
        state=State.COMMITTING,
        command=Command.COMMIT_STOCK,
        compensation=RELEASE,
        succeeds_on=Answer.STOCK_COMMITTED,
        fails_on={
            Answer.PAYMENT_VOIDED: Failure(Reason.PAYMENT_DECLINED, undo=(RELEASE,)),
            Answer.RESERVATION_EXPIRED: Failure(Reason.RESERVATION_EXPIRED, undo=(VOID,)),
        },
        time_limit=timedelta(seconds=10),
        when_late=None,
    ),
)

# What proves that a compensation is done. A payment that was captured is refunded instead.
UNDONE_BY: Mapping[Command, frozenset[Answer]] = {
    RELEASE: frozenset({Answer.STOCK_RELEASED}),
    VOID: frozenset({Answer.PAYMENT_VOIDED, Answer.PAYMENT_REFUNDED}),
}
# What has to be undone when it comes after the saga turned back: each step that succeeds late, and
# money that somebody took meanwhile.
TOO_LATE: Mapping[Answer, Command] = {
    **{step.succeeds_on: step.compensation for step in STEPS},
    Answer.PAYMENT_CAPTURED: VOID,
}
# A compensation is asked for again after this long, and then ever more seldom.
UNDO_TIME_LIMIT = timedelta(seconds=10)
LONGEST_BACKOFF = 3
