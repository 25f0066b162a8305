"""Which conversation the running code belongs to.

The HTTP middleware and the consumer set it at the border; `new_event` reads it, so that every
event names its correlation (the whole conversation) and its causation (the message before it)
although no domain function passes them on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Conversation:
    """`correlation_id` is shared by all that one request sets off; `causation_id` is the cause."""

    correlation_id: str
    causation_id: str | None = None


_current: ContextVar[Conversation | None] = ContextVar("conversation", default=None)


def current_conversation() -> Conversation:
    """Returns the conversation under way, or a fresh one where a timer or a script acts."""
    return _current.get() or Conversation(str(uuid7()))


def known_conversation() -> Conversation | None:
    """Returns the conversation under way, if there is one; for the logs."""
    return _current.get()


@contextmanager
def conversation(correlation_id: str, causation_id: str | None = None) -> Iterator[None]:
    """Everything inside belongs to this conversation."""
    token = _current.set(Conversation(correlation_id, causation_id))
    try:
        yield
    finally:
        _current.reset(token)
