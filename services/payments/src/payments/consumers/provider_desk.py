"""Works off the operations that are due: claims them, asks the provider, has answers recorded.

Many calls run at once up to a limit, each outside any transaction, so one slow card holds up
nobody. The process starts two desks, one for authorisations and one for what follows them, so
that neither can fill the other's places (a bulkhead).
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from chassis.worker import Worker
from payments.application.carry_out import carry_out
from payments.application.unit_of_work import UnitOfWork
from payments.consumers.outcome_recorder import OutcomeRecorder
from payments.consumers.tracing import observed, resumed
from payments.domain.operation import Kind
from payments.domain.ports import Claimed, PaymentProvider

FIRST = (Kind.AUTHORISE,)
AFTERWARDS = (Kind.CAPTURE, Kind.VOID, Kind.REFUND, Kind.UNDO)

_POLL_SECONDS = 1.0
_STOP_SECONDS = 2.0
# Quick calls end together, so a moment more frees many places for one claim.
_LINGER_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Limits:
    """`places`: calls at once. `time_limit`: for one call. `lease`: must outlast a call."""

    places: int = 64
    time_limit: timedelta = timedelta(seconds=3)
    lease: timedelta = timedelta(seconds=15)


class ProviderDesk:
    """A component of the process; any number of processes may run the same desk."""

    def __init__(
        self,
        name: str,
        kinds: Iterable[Kind],
        *,
        provider: PaymentProvider,
        unit_of_work: Callable[[], UnitOfWork],
        limits: Limits,
        wake: asyncio.Event,
    ) -> None:
        self.name = name
        self._kinds = tuple(kinds)
        self._provider = provider
        self._unit_of_work = unit_of_work
        self._limits = limits
        self._worker = Worker(name, self._step, poll_seconds=_POLL_SECONDS, wake=wake)
        self._recorder = OutcomeRecorder(name, unit_of_work, wake)
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Works until stopped; then lets the calls under way end and has them recorded."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._recorder.run())
            await self._worker.run()
            await self._end_calls()
            await self._recorder.finish()

    async def stop(self) -> None:
        """Claims nothing more. A call that does not end soon is cut off: the provider knows its
        key, and whoever claims the operation next asks again.
        """
        await self._worker.stop()

    async def _end_calls(self) -> None:
        if self._calls:
            _done, late = await asyncio.wait(self._calls, timeout=_STOP_SECONDS)
            for call in late:
                call.cancel()

    async def _step(self) -> bool:
        free = self._limits.places - len(self._calls)
        if free == 0:
            await asyncio.wait(self._calls, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(_LINGER_SECONDS)
            return True
        async with self._unit_of_work() as uow:
            claimed = await uow.operations.claim(self._kinds, free, self._limits.lease)
            await uow.commit()
        for operation in claimed:
            call = self._group.create_task(self._call(operation))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        return bool(claimed)

    async def _call(self, claimed: Claimed) -> None:
        with resumed(claimed.origin), observed(claimed.operation.kind) as note:
            outcome = await carry_out(claimed, self._provider, time_limit=self._limits.time_limit)
            note(outcome)
        self._recorder.put(outcome)
