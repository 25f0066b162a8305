"""Bodies of notifications' API, as OpenAPI shows them.

A message is shown without its words: who owns it has them in their mailbox.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.schemas import StrictModel, pii
from notifications.api import examples
from notifications.domain.message import Status, Template

Links = dict[str, dict[str, str]]


class MessageBody(BaseModel):
    """One message: what it is about, where it goes, and how far it came."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.MESSAGE]}
    )

    id: UUID
    template: Template
    status: Status
    order_id: UUID | None
    email: Annotated[str | None, pii()]
    message_header_id: str
    attempts: int
    problem: str | None
    created_at: datetime
    sent_at: datetime | None
    links: Annotated[Links, Field(alias="_links")]


class MessagePage(BaseModel):
    """A page of messages, newest first."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.MESSAGE_PAGE]}
    )

    items: list[MessageBody]
    links: Annotated[Links, Field(alias="_links")]


class MessageCursor(StrictModel):
    """Where a page goes on."""

    id: UUID
