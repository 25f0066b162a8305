"""What a route may ask for: the reads, and a new unit of work.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Path, Request

from chassis.security import Caller, requires
from payments.api.examples import PAYMENT_ID
from payments.application.queries import PaymentQueries
from payments.application.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    unit_of_work: Callable[[], UnitOfWork]
    queries: PaymentQueries


async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.container)


async def _queries(services: Annotated[Services, Depends(_services)]) -> PaymentQueries:
    return services.queries


async def _unit_of_work(services: Annotated[Services, Depends(_services)]) -> UnitOfWork:
    return services.unit_of_work()


Reads = Annotated[PaymentQueries, Depends(_queries)]
Writes = Annotated[UnitOfWork, Depends(_unit_of_work)]
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
PaymentId = Annotated[UUID, Path(examples=[PAYMENT_ID])]
