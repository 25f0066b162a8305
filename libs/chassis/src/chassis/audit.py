"""The audit trail's beginning: what somebody answers for becomes an event beside their change.

The dependency behind `requires` says who is about to change what (`undertake`); the unit of work
asks for the event when it commits (`change_made`), so no change is without its entry and no entry
without its change. A use case that makes something new names it (`about`). Auth keeps the trail.
"""

from dataclasses import replace
from typing import Any

from fastapi import Request

from chassis.context import Deed, change_conversation, current_conversation
from chassis.envelope import Event, new_event

TOPIC = "audit.events"
TYPE = "audit.change_made.v1"
# An entry is nobody's version: entries are in the order of their ids, and none is ever replaced.
UNCOUNTED = 0

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def undertake(
    request: Request, *, subject: str, client_id: str, roles: frozenset[str], actor: str | None
) -> None:
    """Says who answers for what this request is about to change; a safe request changes nothing.

    With an `actor` (RFC 8693) it is the actor who acts, on behalf of the subject.
    """
    if request.method in _SAFE:
        return
    deed = Deed(
        service=request.app.state.service,
        operation=operation_of(request),
        method=request.method,
        path=request.url.path,
        target=next(iter(request.path_params.values()), subject),
        actor=actor or subject,
        on_behalf_of=subject if actor else None,
        client_id=client_id,
        roles=roles,
    )
    change_conversation(deed=deed)


def operation_of(request: Request) -> str:
    """Returns the operationId of the route that answers."""
    route = request.scope["route"]
    return str(getattr(route, "operation_id", None) or route.name)


def about(target: object) -> None:
    """Names what is changed, where the path does not: the id of something new."""
    if (deed := current_conversation().deed) is not None:
        change_conversation(deed=replace(deed, target=str(target)))


def change_made(target: str | None = None, outcome: str | None = None) -> Event | None:
    """Returns the event of the change under way, or None where nobody answers for it.

    `target` is what was changed if not what the request names; `outcome` where it can be read.
    """
    conversation = current_conversation()
    deed = conversation.deed
    if deed is None:
        return None
    named = target or deed.target
    return new_event(
        source=f"/services/{deed.service}",
        type=TYPE,
        subject=named,
        sequence=UNCOUNTED,
        data=_data(deed, named, outcome, conversation.correlation_id),
    )


def _data(deed: Deed, target: str, outcome: str | None, request_id: str) -> dict[str, Any]:
    return {
        "service": deed.service,
        "operation": deed.operation,
        "actor": deed.actor,
        "on_behalf_of": deed.on_behalf_of,
        "client_id": deed.client_id,
        "roles": sorted(deed.roles),
        "target": target,
        "method": deed.method,
        "path": deed.path,
        "outcome": outcome,
        "request_id": request_id,
    }
