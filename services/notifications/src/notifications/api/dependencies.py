"""What a route may ask for: the reads, and whose messages the caller may see.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes.
"""

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from chassis.security import Caller, requires_any
from notifications.application.queries import Queries

OWN, ALL = "messages:read", "messages:read_all"
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    queries: Queries


async def _queries(request: Request) -> Queries:
    return cast(Services, request.app.state.container).queries


async def _owner(caller: Annotated[Caller, requires_any(OWN, ALL)]) -> UUID | None:
    """Returns whose messages may be seen; None is everybody's."""
    if caller.may(ALL):
        return None
    try:
        return UUID(caller.subject)
    except ValueError:
        return _NOBODY


Reads = Annotated[Queries, Depends(_queries)]
Owner = Annotated[UUID | None, Depends(_owner)]
