"""How far one order has come on the steps of saga.py, and what is asked of whom next.

order.py tells it what was answered and what time it is, and sends what it wants sent. It knows
no step by name: all it follows is the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orders.domain.saga import (
    LONGEST_BACKOFF,
    STEPS,
    TOO_LATE,
    UNDO_TIME_LIMIT,
    UNDONE_BY,
    Answer,
    Command,
    Failure,
    Reason,
    State,
    Step,
)

_STEP_AT = {step.state: step for step in STEPS}


@dataclass(slots=True)
class Saga:
    """One order's way through STEPS. `deadline` is None once nothing is waited for.

    `awaiting` are the compensations not yet answered; `tries` counts how often the present
    question was asked; `outgoing` are the commands to be sent with the next commit.
    """

    state: State
    deadline: datetime | None
    awaiting: frozenset[Command] = frozenset()
    tries: int = 1
    outgoing: list[Command] = field(default_factory=list)

    @classmethod
    def begin(cls, now: datetime) -> "Saga":
        """Starts at the first step."""
        first = STEPS[0]
        return cls(first.state, now + first.time_limit, outgoing=[first.command])

    @property
    def is_closed(self) -> bool:
        """True when no answer is waited for any more."""
        return self.deadline is None

    def receive(self, answer: Answer, now: datetime) -> Reason | None:
        """Takes an answer; returns the reason when it ends the order.

        Late, repeated and unexpected answers change nothing, except that a success which comes
        after the saga turned back is undone.
        """
        step = _STEP_AT.get(self.state)
        if step is None:
            self._receive_afterwards(answer, now)
        elif answer is step.succeeds_on:
            self._proceed(step, now)
        elif failure := step.fails_on.get(answer):
            return self._fail(failure, now)
        return None

    def cancel(self, now: datetime) -> None:
        """Turns back from wherever the saga is, the confirmed end included."""
        reached = _STEP_AT.get(self.state, STEPS[-1])
        passed = STEPS[: STEPS.index(reached) + 1]
        self._undo(tuple(dict.fromkeys(step.compensation for step in reversed(passed))), now)

    def time_limit_passed(self, now: datetime) -> Reason | None:
        """Gives up or asks again, as the step says; returns the reason when it gives up."""
        if self.deadline is None or now < self.deadline:
            return None
        step = _STEP_AT.get(self.state)
        if step and step.when_late:
            return self._fail(step.when_late, now)
        self.tries += 1
        limit = step.time_limit if step else UNDO_TIME_LIMIT
        again = (step.command,) if step else sorted(self.awaiting, reverse=True)
        self._ask(again, now + limit * min(self.tries, LONGEST_BACKOFF))
        return None

    def _proceed(self, step: Step, now: datetime) -> None:
        position = STEPS.index(step) + 1
        self.tries = 1
        if position == len(STEPS):
            self.state, self.deadline = State.COMPLETED, None
        else:
            following = STEPS[position]
            self.state = following.state
            self._ask((following.command,), now + following.time_limit)

    def _fail(self, failure: Failure, now: datetime) -> Reason:
        self._undo(failure.undo, now)
        return failure.reason

    def _undo(self, commands: tuple[Command, ...], now: datetime) -> None:
        self.awaiting |= frozenset(commands)
        self.tries = 1
        self._ask(commands, now + UNDO_TIME_LIMIT)
        self._close_when_undone()

    def _receive_afterwards(self, answer: Answer, now: datetime) -> None:
        if self.state is State.COMPLETED:
            return
        self.awaiting = frozenset(c for c in self.awaiting if answer not in UNDONE_BY[c])
        self._close_when_undone()
        late = TOO_LATE.get(answer)
        if late is not None and late not in self.awaiting:
            self._undo((late,), now)

    def _close_when_undone(self) -> None:
        self.state = State.COMPENSATING if self.awaiting else State.COMPENSATED
        if not self.awaiting:
            self.deadline = None

    def _ask(self, commands: Sequence[Command], deadline: datetime) -> None:
        self.outgoing.extend(commands)
        self.deadline = deadline
