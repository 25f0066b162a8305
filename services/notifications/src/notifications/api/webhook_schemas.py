"""Bodies of `/v1/webhooks` and of what was sent to one.

A secret is in the answer that made it, and in no other.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.schemas import StrictModel
from notifications.api import webhook_examples as examples
from notifications.api.schemas import Links
from notifications.application.manage_webhooks import PATH, Registered
from notifications.domain.delivery import Attempt, Delivery, DeliveryStatus
from notifications.domain.destination import MAX_URL
from notifications.domain.disclosure import SHOWN
from notifications.domain.webhook import Webhook

EventType = StrEnum("EventType", {kind: kind for kind in SHOWN})  # type: ignore[misc]
EventType.__doc__ = "An event that a webhook can be told of; its schema is in `contracts/events/`."

Url = Annotated[str, Field(max_length=MAX_URL, description="https, without credentials.")]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=len(SHOWN))]
Description = Annotated[str, Field(max_length=200)]


class WebhookRequest(StrictModel):
    """Where to, and what of."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REQUEST]})

    url: Url
    event_types: EventTypes
    description: Description = ""


class WebhookPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    url: Url = ""
    event_types: EventTypes = Field(default_factory=list)
    description: Description = ""
    enabled: bool = True

    def changes(self) -> dict[str, Any]:
        """Returns the fields that were given."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "event_types" in given:
            given["event_types"] = frozenset(map(str, given["event_types"]))
        return given


class WebhookBody(BaseModel):
    """A webhook. `problem` says why it was disabled, where we did that."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.WEBHOOK]}
    )

    id: UUID
    url: str
    event_types: list[EventType]
    description: str
    enabled: bool
    problem: str | None
    secret: Annotated[str | None, Field(description="In the answer that made it only.")]
    created_at: datetime
    updated_at: datetime
    links: Annotated[Links, Field(alias="_links")]

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookBody":
        """Shows one without its secret."""
        return cls.made(Registered(webhook))

    @classmethod
    def made(cls, registered: Registered) -> "WebhookBody":
        """Shows one with the secret that was made just now."""
        webhook, path = registered.webhook, f"{PATH}/{registered.webhook.id}"
        return cls(
            id=webhook.id,
            url=webhook.url,
            event_types=[EventType(kind) for kind in sorted(webhook.event_types)],
            description=webhook.description,
            enabled=webhook.enabled,
            problem=webhook.problem,
            secret=registered.secret.text if registered.secret else None,
            created_at=webhook.created_at,
            updated_at=webhook.updated_at,
            links={"self": {"href": path}, "deliveries": {"href": f"{path}/deliveries"}},
        )


class AttemptBody(BaseModel):
    """One try: the status that the endpoint answered, or why there is none."""

    at: datetime
    milliseconds: int
    status: int | None
    error: str | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptBody":
        """Shows one."""
        return cls(
            at=attempt.at,
            milliseconds=attempt.milliseconds,
            status=attempt.status,
            error=attempt.error,
        )


class DeliveryBody(BaseModel):
    """One event on its way to one webhook; `event_id` is its `webhook-id`."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.DELIVERY]}
    )

    id: UUID
    event_id: UUID
    event_type: EventType
    status: DeliveryStatus
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    gives_up_at: datetime | None
    attempts: Annotated[list[AttemptBody], Field(description="The last hundred.")]
    links: Annotated[Links, Field(alias="_links")]

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryBody":
        """Shows one."""
        pending = delivery.status is DeliveryStatus.PENDING
        path = f"{PATH}/{delivery.webhook_id}/deliveries/{delivery.id}"
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            event_type=EventType(delivery.event_type),
            status=delivery.status,
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            next_attempt_at=delivery.due_at if pending else None,
            gives_up_at=delivery.gives_up_at if pending else None,
            attempts=[AttemptBody.of(attempt) for attempt in delivery.log],
            links={"self": {"href": path}, "redelivery": {"href": f"{path}/redelivery"}},
        )


class WebhookPage(BaseModel):
    """A page of webhooks, newest first."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.WEBHOOK_PAGE]}
    )

    items: list[WebhookBody]
    links: Annotated[Links, Field(alias="_links")]


class DeliveryPage(BaseModel):
    """A page of deliveries, newest first."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.DELIVERY_PAGE]}
    )

    items: list[DeliveryBody]
    links: Annotated[Links, Field(alias="_links")]
