"""What a route may ask for: the reads, and whose messages the caller may see.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes.
"""

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from chassis.security import Caller, InsufficientScope, requires
from notifications.application.queries import Queries

OWN, ALL = "messages:read", "messages:read_all"
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    queries: Queries


def _queries(request: Request) -> Queries:
    return cast(Services, request.app.state.container).queries


def _owner(caller: Annotated[Caller, requires()]) -> UUID | None:
    """Returns whose messages may be seen; None is everybody's. Raises InsufficientScope."""
    if caller.may(ALL):
        return None
    if not caller.may(OWN):
        raise InsufficientScope(OWN)
    try:
        return UUID(caller.subject)
    except ValueError:
        return _NOBODY


Reads = Annotated[Queries, Depends(_queries)]
Owner = Annotated[UUID | None, Depends(_owner)]
EITHER_SCOPE = {"security": [{"souk": [OWN]}, {"souk": [ALL]}]}
"""What OpenAPI shows: one of the two is enough."""
