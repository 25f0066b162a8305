"""What a route may ask for: the reads, a unit of work, and who calls.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol, cast
from uuid import UUID

from fastapi import Depends, Header, Request

from chassis.claims import InvalidToken
from chassis.security import Caller, requires, requires_any
from notifications.application.follow_order import Feed, Listener, States
from notifications.application.manage_webhooks import Registry
from notifications.application.queries import Queries
from notifications.application.webhook_queries import WebhookQueries
from notifications.domain.ports import UnitOfWork

OWN, ALL = "messages:read", "messages:read_all"
_NOBODY = UUID(int=0)


class Listen(Protocol):
    """Gives a listener for an order, to a caller who may have only so many."""

    def __call__(self, order_id: UUID, caller: str) -> AbstractContextManager[Listener]: ...


@dataclass(frozen=True, slots=True)
class Live:
    """What live updates need."""

    states: States
    feed: Feed
    listen: Listen


@dataclass(frozen=True, slots=True)
class Follower:
    """Who follows an order; `customer` is whose it must be, None for anybody's."""

    caller: str
    customer: UUID | None


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    queries: Queries
    webhook_queries: WebhookQueries
    registry: Registry
    live: Live


async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.container)


Container = Annotated[Services, Depends(_services)]


async def _queries(services: Container) -> Queries:
    return services.queries


async def _work(services: Container) -> Callable[[], UnitOfWork]:
    return services.registry.unit_of_work


async def _webhook_queries(services: Container) -> WebhookQueries:
    return services.webhook_queries


async def _registry(services: Container) -> Registry:
    return services.registry


async def _owner(caller: Annotated[Caller, requires_any(OWN, ALL)]) -> UUID | None:
    """Returns whose messages may be seen; None is everybody's."""
    if caller.may(ALL):
        return None
    return account_of(caller) or _NOBODY


async def _account(caller: Annotated[Caller, requires("profile")]) -> UUID:
    """Returns the caller's account; raises InvalidToken for a machine, which has none."""
    account = account_of(caller)
    if account is None:
        raise InvalidToken("the subject is no account")
    return account


async def _live(services: Container) -> Live:
    return services.live


async def _follower(
    caller: Annotated[Caller, requires_any("orders:read", "orders:read_all")],
) -> Follower:
    if caller.may("orders:read_all"):
        return Follower(caller.identity, None)
    return Follower(caller.identity, account_of(caller) or _NOBODY)


def account_of(caller: Caller) -> UUID | None:
    """Returns the account that calls, None for a machine."""
    try:
        return UUID(caller.subject)
    except ValueError:
        return None


Reads = Annotated[Queries, Depends(_queries)]
Work = Annotated[Callable[[], UnitOfWork], Depends(_work)]
WebhookReads = Annotated[WebhookQueries, Depends(_webhook_queries)]
TheRegistry = Annotated[Registry, Depends(_registry)]
Following = Annotated[Live, Depends(_live)]
Follow = Annotated[Follower, Depends(_follower)]
Merchant = Annotated[Caller, requires("webhooks:write")]
Owner = Annotated[UUID | None, Depends(_owner)]
Account = Annotated[UUID, Depends(_account)]
IfMatch = Annotated[
    str | None, Header(description="The ETag that was read; 412 if it has changed.")
]
