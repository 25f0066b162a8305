"""Payments keeps to `contracts/`: it reads the examples of commands and publishes what fits."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from chassis.ids import uuid7
from payments.adapters.event_mapping import message_of
from payments.consumers.commands import HANDLERS, Authorise, Capture, OneOrder, Refund
from payments.domain.events import (
    CaptureFailed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from payments.domain.money import Money

CONTRACTS = Path(__file__).parents[4] / "contracts"
COMMANDS = CONTRACTS / "commands/payments"
EVENTS = CONTRACTS / "events/payments"

AMOUNT = Money(1770, "GBP")
PUBLISHED: list[PaymentEvent] = [
    PaymentAuthorised(uuid7(), uuid7(), 1, AMOUNT),
    PaymentDeclined(uuid7(), uuid7(), 1, "insufficient_funds"),
    PaymentVoided(uuid7(), uuid7(), 2),
    PaymentVoided(uuid7(), None, 1),
    PaymentCaptured(uuid7(), uuid7(), 2, AMOUNT, AMOUNT),
    PaymentCaptured(uuid7(), uuid7(), 2, AMOUNT, AMOUNT, uuid7()),
    CaptureFailed(uuid7(), uuid7(), 2, "voided", uuid7()),
    PaymentRefunded(uuid7(), uuid7(), 3, AMOUNT, AMOUNT),
    PaymentRefunded(uuid7(), uuid7(), 3, AMOUNT, AMOUNT, uuid7()),
    RefundFailed(uuid7(), uuid7(), 3, "refund_exceeds_captured", uuid7()),
    RefundFailed(uuid7(), None, 1, "nothing_authorised"),
]


def load(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("event", PUBLISHED, ids=lambda event: type(event).__name__)
def test_what_is_published_fits_its_schema(event: PaymentEvent) -> None:
    message = message_of(event)
    name = message.type.removeprefix("payments.")
    schema = load(EVENTS / f"{name}.schema.json") | {"additionalProperties": False}
    Draft202012Validator(schema).validate(message.data)
    assert message.subject == str(event.order_id)
    assert message.sequence == event.sequence


def test_every_contract_of_payments_has_its_event() -> None:
    promised = {path.name.removesuffix(".schema.json") for path in EVENTS.glob("*.schema.json")}
    assert promised == {message_of(event).type.removeprefix("payments.") for event in PUBLISHED}


def test_every_command_has_its_handler() -> None:
    told = {path.name.removesuffix(".schema.json") for path in COMMANDS.glob("*.schema.json")}
    assert {f"payments.{name}" for name in told} == set(HANDLERS)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("authorise_payment.v1", Authorise),
        ("void_payment.v1", OneOrder),
        ("capture_payment.v1", Capture),
        ("refund_payment.v1", Refund),
    ],
)
def test_the_example_of_each_command_is_understood(name: str, model: type[BaseModel]) -> None:
    example = load(COMMANDS / f"{name}.example.json")
    read = model.model_validate(example)
    assert json.loads(read.model_dump_json()) == example


def test_an_error_about_a_command_never_repeats_its_token() -> None:
    try:
        Authorise.model_validate({"order_id": "x", "payment_token": "4242424242424242"})
    except ValueError as error:
        assert "4242" not in str(error)
