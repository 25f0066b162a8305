"""`GET /v1/order-updates/{order_id}`: an order while it happens, as server-sent events.

For the customer whose order it is, and for the staff. A guest's proof is their cart's token, which
only orders knows; a guest reads the order there. Encoded as the HTML standard has it.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from chassis.problems import problem_responses
from notifications.api.dependencies import Follow, Following
from notifications.api.examples import ORDER_ID
from notifications.api.problems import PROBLEMS
from notifications.application.follow_order import (
    LONGEST_SECONDS,
    Follower,
    Frame,
    Pause,
    may_follow,
)
from notifications.domain.errors import OrderNotFound, TooManyStreams, UpdatesUnavailable
from notifications.domain.order_update import OrderState

PATH = "/v1/order-updates"
RETRY_MS = 2000
RETRY_AFTER_OUTAGE_MS = 5000
# More digits fit neither a bigint nor an id of Redis.
_VERSION = re.compile(r"[0-9]{1,18}")

router = APIRouter(prefix=PATH, tags=["notifications"])

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="The id of the last event that was seen."),
]
Seconds = Annotated[
    int | None,
    Query(ge=0, le=LONGEST_SECONDS, description="How long to follow it at most.", examples=[1]),
]
_EXAMPLE = (
    "event: state\nid: 2\nretry: 2000\n"
    f'data: {{"order_id":"{ORDER_ID}","version":2,"status":"confirmed"}}\n\n'
    "event: order_packed\nid: 3\n"
    f'data: {{"order_id":"{ORDER_ID}","version":3,"type":"orders.order_packed.v1",'
    '"status":"packed","at":"2026-11-22T14:00:00+00:00","details":{}}\n\n'
)
_TEXT = {"type": "string"}
# What one event is has a word of its own since OpenAPI 3.2.
_ITEM = {
    "type": "object",
    "properties": {"event": _TEXT, "id": _TEXT, "data": _TEXT, "retry": {"type": "integer"}},
}
# The stream is a text, and a list of events to who reads it.
_WHOLE = {"type": ["string", "array"]}
_STREAM = {
    "description": "A stream of events, for a quarter of an hour at most.",
    "content": {
        "text/event-stream": {"schema": _WHOLE, "itemSchema": _ITEM, "example": _EXAMPLE},
    },
}


class EventStream(StreamingResponse):
    """Lets go of its listener as soon as the answer ends, however it ends."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], held: AsyncExitStack) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(frames, headers=headers)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


@router.get(
    "/{order_id}",
    operation_id="follow_order",
    summary="An order while it happens",
    status_code=200,
    response_class=EventStream,
    responses={
        200: _STREAM,
        **problem_responses(OrderNotFound, TooManyStreams, UpdatesUnavailable, table=PROBLEMS),
    },
)
async def follow(
    follow: Follow,
    order_id: Annotated[UUID, Path(examples=[ORDER_ID])],
    following: Following,
    seconds: Seconds = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """First `state`, or what came after `Last-Event-ID`; then each step of the order.

    An event's id is the order's version, which counts without a gap.
    """
    state = await may_follow(order_id, follow.customer, following.states)
    follower = Follower(state, following.states, following.feed, _seen(last_event_id))
    async with AsyncExitStack() as opening:
        listener = opening.enter_context(following.listen(order_id, follow.caller))
        first = await follower.begin()
        open_until_answered = opening.pop_all()
    rest = follower.frames(listener, LONGEST_SECONDS if seconds is None else seconds)
    return EventStream(_encoded(first, rest), open_until_answered)


def _seen(last_event_id: str | None) -> int | None:
    """Returns the version that a reader has; None for none, and for what can be no version."""
    found = _VERSION.fullmatch(last_event_id or "")
    return int(found[0]) if found else None


async def _encoded(first: list[Frame], rest: AsyncIterator[Frame]) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=RETRY_MS)
    for frame in first:
        yield encode(frame)
    async for frame in rest:
        yield encode(frame)


def encode(frame: Frame) -> bytes:
    """Returns the frame's bytes (HTML standard, section 9.2)."""
    if frame is Pause.HEARTBEAT:
        return format_sse_event(comment="still here")
    if isinstance(frame, Pause):
        return format_sse_event(comment="interrupted", retry=RETRY_AFTER_OUTAGE_MS)
    data: dict[str, Any] = {"order_id": str(frame.order_id), "version": frame.version}
    if isinstance(frame, OrderState):
        return _event("state", frame.version, data | {"status": frame.status})
    step = {"type": frame.event_type, "status": frame.status, "at": frame.at.isoformat()}
    name = frame.event_type.split(".")[1]
    return _event(name, frame.version, data | step | {"details": frame.details})


def _event(name: str, version: int, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, id=str(version), data_str=orjson.dumps(data).decode())
