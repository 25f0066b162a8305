"""Which conversation the running code belongs to.

The HTTP middleware and the consumer set it at the border; `new_event` reads it, so that every
event names its correlation (the whole conversation) and its causation (the message before it)
although no domain function passes them on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody is about to change by a request, and has to answer for; see `audit.py`.

    `operation` is an operationId, `target` what is changed; ids and paths, no contents.
    """

    service: str
    operation: str
    method: str
    path: str
    target: str
    actor: str
    on_behalf_of: str | None
    client_id: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conversation:
    """`correlation_id` is shared by all that one request sets off; `causation_id` is the cause."""

    correlation_id: str
    causation_id: str | None = None
    deed: Deed | None = None


_current: ContextVar[Conversation | None] = ContextVar("conversation", default=None)


def current_conversation() -> Conversation:
    """Returns the conversation under way, or a fresh one where a timer or a script acts."""
    return _current.get() or Conversation(str(uuid7()))


def known_conversation() -> Conversation | None:
    """Returns the conversation under way, if there is one; for the logs."""
    return _current.get()


def change_conversation(*, deed: Deed) -> None:
    """Says, until the conversation ends, what its request answers for."""
    _current.set(replace(current_conversation(), deed=deed))


@contextmanager
def conversation(correlation_id: str, causation_id: str | None = None) -> Iterator[None]:
    """Everything inside belongs to this conversation."""
    token = _current.set(Conversation(correlation_id, causation_id))
    try:
        yield
    finally:
        _current.reset(token)
