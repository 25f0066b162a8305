"""What a route may ask for: the reads, and a new unit of work.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from inventory.api.schemas import SKU_PATTERN
from inventory.application.adjust_stock import IdempotentUnitOfWork
from inventory.application.queries import Queries


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    unit_of_work: Callable[[], IdempotentUnitOfWork]
    queries: Queries


async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.container)


async def _queries(services: Annotated[Services, Depends(_services)]) -> Queries:
    return services.queries


async def _unit_of_work(services: Annotated[Services, Depends(_services)]) -> IdempotentUnitOfWork:
    return services.unit_of_work()


Reads = Annotated[Queries, Depends(_queries)]
Writes = Annotated[IdempotentUnitOfWork, Depends(_unit_of_work)]
SkuInPath = Annotated[str, Path(pattern=SKU_PATTERN, examples=["85123A"])]
