"""What notifications publishes fits the contract, and it understands the examples of the others."""

import json
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from notifications.adapters.event_mapping import sent
from notifications.consumers import auth_events, order_events, payment_events
from notifications.domain.message import MessageSent, Template
from services.notifications.tests.fakes import CONTRACTS, example


@pytest.mark.parametrize("order_id", [UUID("0199aa10-6c00-7abc-8def-0123456789ab"), None])
def test_a_sent_message_is_published_as_the_contract_says(order_id: UUID | None) -> None:
    message_id = UUID("0199aa13-0000-7000-8000-00000000feed")
    happened = MessageSent(message_id, 1, order_id, Template.ORDER_CONFIRMED, "<x@souk.example>")
    event = sent(happened)
    path = CONTRACTS / "events/notifications/message_sent.v1.schema.json"
    schema = json.loads(path.read_text())
    Draft202012Validator(schema).validate(event.data)
    assert (event.type, event.subject, event.sequence) == (schema["$id"], str(message_id), 1)
    assert set(event.data) == set(example(event.type))


MODELS: dict[str, type[BaseModel]] = {
    "auth.user_registered.v1": auth_events.UserRegistered,
    "payments.payment_refunded.v1": payment_events.PaymentRefunded,
    "payments.capture_failed.v1": payment_events.CaptureFailed,
    **{kind: step.model for kind, step in order_events.STEPS.items()},
}


@pytest.mark.parametrize(("kind", "model"), MODELS.items())
def test_the_examples_of_the_others_are_understood(kind: str, model: type[BaseModel]) -> None:
    model.model_validate(example(kind))


def test_no_event_of_an_order_is_left_unread() -> None:
    names = {path.name.split(".")[0] for path in (CONTRACTS / "events/orders").iterdir()}
    assert {f"orders.{name}.v1" for name in names} == order_events.STEPS.keys()


def test_every_reason_of_a_rejection_has_its_words() -> None:
    """The template's last branch is for those that ran out of time."""
    path = CONTRACTS / "events/orders/order_rejected.v1.schema.json"
    reasons = set(json.loads(path.read_text())["properties"]["reason"]["enum"])
    assert reasons == {"out_of_stock", "payment_declined", "timed_out", "reservation_expired"}
