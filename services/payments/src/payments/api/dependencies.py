"""What a route may ask for: the reads, and a new unit of work.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Path, Request

from chassis.security import Caller, requires
from payments.api.examples import PAYMENT_ID
from payments.application.queries import PaymentQueries
from payments.application.reconciliations import ReconciliationQueries
from payments.application.record_outcomes import Resume
from payments.application.unit_of_work import UnitOfWork
from payments.domain.ports import NotificationReader


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    unit_of_work: Callable[[], UnitOfWork]
    queries: PaymentQueries
    reconciliations: ReconciliationQueries
    readers: Mapping[str, NotificationReader]
    resume: Resume
    reconciliation_days: int


async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.container)


Container = Annotated[Services, Depends(_services)]


async def _queries(container: Container) -> PaymentQueries:
    return container.queries


async def _reconciliations(container: Container) -> ReconciliationQueries:
    return container.reconciliations


async def _unit_of_work(container: Container) -> UnitOfWork:
    return container.unit_of_work()


Reads = Annotated[PaymentQueries, Depends(_queries)]
Reports = Annotated[ReconciliationQueries, Depends(_reconciliations)]
Writes = Annotated[UnitOfWork, Depends(_unit_of_work)]
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
PaymentId = Annotated[UUID, Path(examples=[PAYMENT_ID])]
