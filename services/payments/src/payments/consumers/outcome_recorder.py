"""Records what came of operations, as many together as are ready; the provider desk feeds it.

Errors of the database are waited out by the worker underneath, and the outcomes kept: the
provider remembers what it did, and an operation that somebody else ended is passed over.
"""

import asyncio
from collections.abc import Callable

from chassis.logs import get_logger
from chassis.worker import Worker
from payments.application.carry_out import Answered, AnsweredLater, Impossible, Outcome, Unanswered
from payments.application.record_outcomes import record_outcomes
from payments.application.unit_of_work import UnitOfWork
from payments.consumers.tracing import resumed
from payments.domain.operation import Declined, Kind

_AT_ONCE = 100
_POLL_SECONDS = 5.0

log = get_logger(__name__)


class OutcomeRecorder:
    """`wake` is the desk's: what the provider did not answer is due again after a while."""

    def __init__(
        self, name: str, unit_of_work: Callable[[], UnitOfWork], wake: asyncio.Event
    ) -> None:
        self._name = name
        self._unit_of_work = unit_of_work
        self._wake_desk = wake
        self._ready: asyncio.Queue[Outcome] = asyncio.Queue()
        self._taken: list[Outcome] = []
        self._arrived = asyncio.Event()
        self._worker = Worker(
            f"{name}-recorder", self._step, poll_seconds=_POLL_SECONDS, wake=self._arrived
        )

    def put(self, outcome: Outcome) -> None:
        """Have an outcome recorded soon."""
        self._ready.put_nowait(outcome)
        self._arrived.set()

    async def run(self) -> None:
        """Record until `finish`."""
        await self._worker.run()

    async def finish(self) -> None:
        """Wait until all is recorded, then end."""
        await self._ready.join()
        await self._worker.stop()

    async def _step(self) -> bool:
        while len(self._taken) < _AT_ONCE and not self._ready.empty():
            self._taken.append(self._ready.get_nowait())
        if not self._taken:
            return False
        await record_outcomes(self._taken, self._unit_of_work(), resumed)
        recorded, self._taken = self._taken, []
        for outcome in recorded:
            self._ready.task_done()
            self._follow_up(outcome)
        return True

    def _follow_up(self, outcome: Outcome) -> None:
        operation = str(outcome.claimed.operation.id)
        if isinstance(outcome, Unanswered | AnsweredLater):
            delay = outcome.delay.total_seconds()
            asyncio.get_running_loop().call_later(delay, self._wake_desk.set)
        if isinstance(outcome, Unanswered):
            log.warning("provider_silent", desk=self._name, operation=operation, again_in=delay)
        elif isinstance(outcome, Impossible):
            log.error("operation_impossible", operation=operation, reason=outcome.reason)
        elif (reason := _refused_unheard(outcome)) is not None:
            log.error("void_refused", operation=operation, reason=reason)


def _refused_unheard(outcome: Outcome) -> str | None:
    """Why a void was refused; who asked for a capture or a refund is told by its event."""
    if not isinstance(outcome, Answered) or not isinstance(outcome.answer, Declined):
        return None
    unheard = outcome.claimed.operation.kind in (Kind.VOID, Kind.UNDO)
    return outcome.answer.reason if unheard else None
