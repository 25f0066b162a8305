"""Handlers of `orders.events` and `payments.events` for webhooks, and how they go with the others.

An event that has a mail too has both handlers; they work in one transaction.
"""

from collections import defaultdict
from collections.abc import Mapping

from chassis.delivery import Handler
from chassis.envelope import Event
from notifications.application.offer_event import offer_event
from notifications.consumers.unit_of_work import ConsumedUnitOfWork
from notifications.domain.disclosure import SHOWN

Handlers = Mapping[str, Handler[ConsumedUnitOfWork]]


def handlers() -> Handlers:
    """Returns the handlers by event type."""

    async def offered(event: Event, uow: ConsumedUnitOfWork) -> None:
        offer_event(event, uow.deliveries)

    return dict.fromkeys(SHOWN, offered)


def together(*parts: Handlers) -> Handlers:
    """Returns one handler for each type, which runs those of all parts in turn."""
    of_type: dict[str, list[Handler[ConsumedUnitOfWork]]] = defaultdict(list)
    for part in parts:
        for kind, handler in part.items():
            of_type[kind].append(handler)
    return {kind: _in_turn(found) for kind, found in of_type.items()}


def _in_turn(found: list[Handler[ConsumedUnitOfWork]]) -> Handler[ConsumedUnitOfWork]:
    async def all_of_them(event: Event, uow: ConsumedUnitOfWork) -> None:
        for handler in found:
            await handler(event, uow)

    return all_of_them
