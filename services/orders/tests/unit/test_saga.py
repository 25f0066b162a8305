"""The saga walked through without a broker: every answer at every place, and what is sent."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.progress import Saga
from orders.domain.saga import STEPS, UNDO_TIME_LIMIT, UNDONE_BY, Answer, Command, Reason, State
from orders.testing.values import NOW

RESERVED, AUTHORISED, COMMITTED = (step.succeeds_on for step in STEPS)
RELEASE, VOID = Command.RELEASE_STOCK, Command.VOID_PAYMENT
LATER = NOW + timedelta(hours=1)


def after(*answers: Answer) -> Saga:
    """A saga that has received these answers, with what it sent taken away."""
    saga = Saga.begin(NOW)
    for answer in answers:
        saga.receive(answer, NOW)
    saga.outgoing.clear()
    return saga


def sent(saga: Saga) -> list[Command]:
    outgoing, saga.outgoing = saga.outgoing, []
    return outgoing


def test_the_steps_ask_for_stock_then_money_then_the_commitment() -> None:
    assert [step.command for step in STEPS] == [
        "reserve_stock",
        "authorise_payment",
        "commit_stock",
    ]
    saga = Saga.begin(NOW)
    assert sent(saga) == [Command.RESERVE_STOCK]
    saga.receive(RESERVED, NOW)
    assert sent(saga) == [Command.AUTHORISE_PAYMENT]
    saga.receive(AUTHORISED, NOW)
    assert sent(saga) == [Command.COMMIT_STOCK]
    saga.receive(COMMITTED, NOW)
    assert (saga.state, saga.is_closed, sent(saga)) == (State.COMPLETED, True, [])


def test_every_step_can_be_undone_and_every_compensation_can_be_proved() -> None:
    for step in STEPS:
        assert step.compensation in UNDONE_BY
        assert all(set(failure.undo) <= UNDONE_BY.keys() for failure in step.fails_on.values())


def test_missing_stock_rejects_and_leaves_nothing_to_undo() -> None:
    saga = after()
    assert saga.receive(Answer.STOCK_REJECTED, NOW) is Reason.OUT_OF_STOCK
    assert (saga.state, saga.is_closed, sent(saga)) == (State.COMPENSATED, True, [])


def test_a_declined_payment_releases_the_stock() -> None:
    saga = after(RESERVED)
    assert saga.receive(Answer.PAYMENT_DECLINED, NOW) is Reason.PAYMENT_DECLINED
    assert (saga.state, sent(saga)) == (State.COMPENSATING, [RELEASE])
    saga.receive(Answer.STOCK_RELEASED, NOW)
    assert (saga.state, saga.is_closed) == (State.COMPENSATED, True)


@pytest.mark.parametrize("before", [(RESERVED,), (RESERVED, AUTHORISED)])
def test_an_expired_reservation_voids_the_payment(before: tuple[Answer, ...]) -> None:
    saga = after(*before)
    assert saga.receive(Answer.RESERVATION_EXPIRED, NOW) is Reason.RESERVATION_EXPIRED
    assert sent(saga) == [VOID]
    saga.receive(Answer.PAYMENT_VOIDED, NOW)
    assert saga.state is State.COMPENSATED


@pytest.mark.parametrize("before", [(RESERVED,), (RESERVED, AUTHORISED)])
def test_a_payment_voided_by_the_staff_confirms_nothing(before: tuple[Answer, ...]) -> None:
    saga = after(*before)
    assert saga.receive(Answer.PAYMENT_VOIDED, NOW) is Reason.PAYMENT_DECLINED
    assert sent(saga) == [RELEASE]
    saga.receive(COMMITTED, NOW)
    saga.receive(Answer.STOCK_RELEASED, NOW)
    assert (saga.state, sent(saga)) == (State.COMPENSATED, [])


def test_an_authorisation_that_comes_while_the_void_is_under_way_is_voided_by_it() -> None:
    saga = after(RESERVED, Answer.RESERVATION_EXPIRED)
    saga.receive(AUTHORISED, NOW)
    assert (saga.state, sent(saga)) == (State.COMPENSATING, [])


def test_an_authorisation_that_comes_after_all_was_undone_is_voided_again() -> None:
    saga = after(RESERVED, Answer.RESERVATION_EXPIRED, Answer.PAYMENT_VOIDED)
    assert saga.receive(AUTHORISED, LATER) is None
    assert (saga.state, sent(saga)) == (State.COMPENSATING, [VOID])
    saga.receive(Answer.PAYMENT_VOIDED, LATER)
    assert saga.state is State.COMPENSATED


def test_a_captured_payment_is_undone_by_its_refund() -> None:
    saga = after(RESERVED, AUTHORISED, COMMITTED)
    saga.cancel(NOW)
    saga.receive(Answer.STOCK_RELEASED, NOW)
    saga.receive(Answer.PAYMENT_REFUNDED, NOW)
    assert saga.state is State.COMPENSATED


@pytest.mark.parametrize(
    ("before", "undone"),
    [
        ((), [RELEASE]),
        ((RESERVED,), [VOID, RELEASE]),
        ((RESERVED, AUTHORISED), [RELEASE, VOID]),
        ((RESERVED, AUTHORISED, COMMITTED), [RELEASE, VOID]),
    ],
)
def test_cancelling_undoes_what_was_begun(
    before: tuple[Answer, ...], undone: list[Command]
) -> None:
    saga = after(*before)
    saga.cancel(NOW)
    assert (saga.state, sent(saga)) == (State.COMPENSATING, undone)


def test_before_its_limit_a_step_is_left_alone() -> None:
    saga = after()
    just_before = NOW + STEPS[0].time_limit - timedelta(milliseconds=1)
    assert saga.time_limit_passed(just_before) is None
    assert (saga.state, sent(saga)) == (State.RESERVING, [])


def test_silence_about_the_stock_releases_it_and_rejects() -> None:
    saga = after()
    assert saga.time_limit_passed(LATER) is Reason.TIMED_OUT
    assert sent(saga) == [RELEASE]


def test_silence_about_the_payment_voids_it_releases_the_stock_and_rejects() -> None:
    saga = after(RESERVED)
    assert saga.time_limit_passed(LATER) is Reason.TIMED_OUT
    assert sent(saga) == [VOID, RELEASE]


def test_the_pivot_is_asked_for_again_and_never_given_up() -> None:
    saga, now = after(RESERVED, AUTHORISED), NOW
    for _ in range(20):
        assert saga.deadline is not None
        now = saga.deadline
        assert saga.time_limit_passed(now) is None
        assert (saga.state, sent(saga)) == (State.COMMITTING, [Command.COMMIT_STOCK])
    assert saga.deadline == now + 3 * STEPS[-1].time_limit
    saga.receive(COMMITTED, now)
    assert saga.state is State.COMPLETED


def test_compensations_are_asked_for_until_each_is_answered() -> None:
    saga = after(RESERVED)
    saga.cancel(NOW)
    saga.outgoing.clear()
    assert saga.deadline == NOW + UNDO_TIME_LIMIT
    saga.receive(Answer.STOCK_RELEASED, NOW)
    saga.time_limit_passed(LATER)
    assert sent(saga) == [VOID]
    assert saga.deadline == LATER + 2 * UNDO_TIME_LIMIT


def test_a_closed_saga_has_no_time_limit() -> None:
    saga = after(RESERVED, AUTHORISED, COMMITTED)
    assert saga.time_limit_passed(LATER) is None
    assert sent(saga) == []


@pytest.mark.parametrize("answer", Answer)
def test_nothing_moves_a_completed_saga(answer: Answer) -> None:
    saga = after(RESERVED, AUTHORISED, COMMITTED)
    assert saga.receive(answer, LATER) is None
    assert (saga.state, sent(saga)) == (State.COMPLETED, [])


@pytest.mark.parametrize("steps", range(len(STEPS) + 1))
def test_a_repeated_answer_changes_nothing(steps: int) -> None:
    answers = [step.succeeds_on for step in STEPS[:steps]]
    saga = after(*answers)
    before = (saga.state, saga.deadline, saga.awaiting)
    for answer in answers:
        saga.receive(answer, NOW)
    assert (saga.state, saga.deadline, saga.awaiting) == before
    assert sent(saga) == []


class Participants:
    """Stock and payment as they answer: each command by itself, in the order of its sending."""

    def __init__(self, refuses: frozenset[Command], expires: bool) -> None:
        self.refuses, self.expires = refuses, expires
        self.held, self.charged = False, False
        self.gone: set[Command] = set()

    def answer(self, command: Command) -> Iterator[Answer]:
        match command:
            case Command.RESERVE_STOCK:
                yield from self._reserve()
            case Command.AUTHORISE_PAYMENT:
                yield from self._authorise()
            case Command.COMMIT_STOCK:
                yield COMMITTED if self.held else Answer.RESERVATION_EXPIRED
            case Command.RELEASE_STOCK:
                self.held = False
                self.gone.add(command)
                yield Answer.STOCK_RELEASED
            case Command.VOID_PAYMENT:
                self.charged = False
                self.gone.add(command)
                yield Answer.PAYMENT_VOIDED

    def _reserve(self) -> Iterator[Answer]:
        self.held = Command.RESERVE_STOCK not in self.refuses and RELEASE not in self.gone
        yield RESERVED if self.held else Answer.STOCK_REJECTED
        if self.held and self.expires:
            self.held = False
            yield Answer.RESERVATION_EXPIRED

    def _authorise(self) -> Iterator[Answer]:
        self.charged = Command.AUTHORISE_PAYMENT not in self.refuses and VOID not in self.gone
        yield AUTHORISED if self.charged else Answer.PAYMENT_DECLINED


@given(
    refuses=st.frozensets(st.sampled_from([step.command for step in STEPS[:2]])),
    expires=st.booleans(),
    moves=st.lists(
        st.sampled_from(["deliver", "deliver", "repeat", "late", "cancel"]), max_size=20
    ),
)
def test_whatever_happens_the_saga_closes_and_holds_what_it_says(
    refuses: frozenset[Command], expires: bool, moves: list[str]
) -> None:
    """Only a completed saga leaves stock held or money charged, and then both."""
    saga, participants, now = Saga.begin(NOW), Participants(refuses, expires), NOW
    ended = False
    commands: list[Command] = []
    answers: list[Answer] = []
    for move in [*moves, *["deliver"] * 100]:
        commands += sent(saga)
        if move == "late":
            now += timedelta(minutes=10)
            ended = saga.time_limit_passed(now) is not None or ended
        elif move == "cancel" and not ended:
            saga.cancel(now)
            ended = True
        elif commands or answers:
            answers += participants.answer(commands.pop(0)) if commands else ()
            answer = answers[0] if move == "repeat" or not answers else answers.pop(0)
            ended = saga.receive(answer, now) is not None or ended
    assert saga.is_closed
    assert (saga.state is State.COMPLETED) == (participants.held and participants.charged)
    assert participants.held == participants.charged
