"""The envelope of every message: CloudEvents 1.0 with correlation, causation and a sequence.

Adapters make events with `new_event`; the relay sends their bytes, and the consumer reads them
back. Commands travel in the same envelope. What `data` holds is written in `contracts/`.
"""

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ValidationError

from chassis.clock import utcnow
from chassis.context import current_conversation
from chassis.ids import uuid7

Model = TypeVar("Model", bound=BaseModel)


class MalformedEvent(ValueError):
    """The bytes are no envelope, or the data lacks what this consumer needs."""


@dataclass(frozen=True, slots=True)
class Event:
    """One message. `sequence` is the aggregate's version, which counts without a gap."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]
    correlation_id: str
    sequence: int
    causation_id: str | None = None

    def to_json(self) -> bytes:
        """Returns the envelope in CloudEvents' JSON format (structured mode)."""
        document = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": self.data,
            "correlationid": self.correlation_id,
            "sequence": self.sequence,
        }
        if self.causation_id is not None:
            document["causationid"] = self.causation_id
        return orjson.dumps(document)

    @classmethod
    def from_json(cls, raw: bytes) -> "Event":
        """Reads an envelope; raises MalformedEvent when an attribute is missing or wrong."""
        try:
            document = orjson.loads(raw)
            data = document["data"]
            if not isinstance(data, dict):
                raise MalformedEvent("data is not an object")
            return cls(
                id=UUID(document["id"]),
                source=str(document["source"]),
                type=str(document["type"]),
                subject=str(document["subject"]),
                time=datetime.fromisoformat(document["time"]),
                data=data,
                correlation_id=str(document["correlationid"]),
                sequence=int(document["sequence"]),
                causation_id=document.get("causationid"),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedEvent(f"not an envelope: {error!r}") from error

    def parse(self, model: builtins.type[Model]) -> Model:
        """Reads `data` as the consumer's own model; raises MalformedEvent when it does not fit.

        The error says where and why, and quotes nothing: pydantic's own shows what it was given.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False, include_input=False)
        said = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
        raise MalformedEvent(f"{self.type} does not fit {model.__name__}: {said}")


def new_event(
    *,
    source: str,
    type: str,
    subject: str,
    sequence: int,
    data: dict[str, Any],
    correlation_id: str | None = None,
    causation_id: str | None = None,
    id: UUID | None = None,
    time: datetime | None = None,
) -> Event:
    """Makes an event; correlation and causation come from the conversation unless given."""
    current = current_conversation()
    return Event(
        id=id or uuid7(),
        source=source,
        type=type,
        subject=subject,
        time=time or utcnow(),
        data=data,
        correlation_id=correlation_id or current.correlation_id,
        sequence=sequence,
        causation_id=causation_id or current.causation_id,
    )
