"""Carries out the reconciliations that are due, and has the clock ask for one now and then.

A worker of the process calls `step`. Every difference is logged and counted at `/metrics`, so that
an alert can be put on it; nothing is ever corrected by itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from prometheus_client import Gauge

from chassis.ids import uuid7
from chassis.logs import get_logger
from payments.application.reconcile import Report, reconcile
from payments.application.reconciliations import ReconciliationDiary, Run
from payments.domain.ports import OwnBooks, ProviderBooks, ProviderUnavailable

differences = Gauge(
    "payments_reconciliation_differences", "What the last reconciliation found to differ."
)
log = get_logger(__name__)


class ReconciliationDesk:
    """`every`: how often the clock asks for one. `window`: how far back such a one looks."""

    def __init__(
        self,
        diary: ReconciliationDiary,
        *,
        theirs: ProviderBooks,
        ours: OwnBooks,
        every: timedelta,
        window: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._diary = diary
        self._theirs = theirs
        self._ours = ours
        self._every = every
        self._window = window
        self._clock = clock

    async def step(self) -> bool:
        """Carries out one run; False when none is due, or the provider is away."""
        await self._diary.schedule(Run(uuid7(), self._clock() - self._window), self._every)
        # Whoever carried it out: the figure of another process, or of one before, would stay.
        differences.set(await self._diary.last_found())
        run = await self._diary.claim()
        if run is None:
            return False
        try:
            report = await reconcile(run.since, self._theirs, self._ours)
        except ProviderUnavailable as error:
            log.warning("reconciliation_interrupted", run=str(run.id), error=repr(error))
            return False
        await self._diary.finish(run, report)
        _tell(run, report)
        return True


def _tell(run: Run, report: Report) -> None:
    for found in report.differences:
        log.error(
            "reconciliation_difference",
            run=str(run.id),
            kind=found.kind.value,
            reference=found.reference,
            ours=found.ours,
            theirs=found.theirs,
        )
    counts = {"charges": report.charges, "payments": report.payments}
    log.info("reconciled", run=str(run.id), differences=len(report.differences), **counts)
