"""The envelope survives its bytes, and whatever is no envelope is refused by name."""

import json
import traceback
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from chassis.context import conversation
from chassis.envelope import Event, MalformedEvent, new_event


class Sample(BaseModel):
    number: int


class Place(BaseModel):
    city: str


class Person(Sample):
    place: list[Place]


def sample(**changes: object) -> Event:
    event = new_event(
        source="/services/sample",
        type="sample.made.v1",
        subject="a",
        sequence=3,
        data={"number": 1},
    )
    document = json.loads(event.to_json()) | changes
    return Event.from_json(json.dumps(document).encode())


def test_an_event_read_back_equals_the_event_written() -> None:
    event = new_event(
        source="/services/sample",
        type="sample.made.v1",
        subject="a",
        sequence=1,
        data={"number": 7},
        time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    assert Event.from_json(event.to_json()) == event


def test_the_bytes_carry_the_attributes_of_cloudevents() -> None:
    document = json.loads(sample().to_json())
    assert document["specversion"] == "1.0"
    assert document["time"].endswith("Z")
    assert {"id", "source", "type", "subject", "data", "correlationid", "sequence"} <= set(document)


def test_an_event_names_the_conversation_it_was_made_in() -> None:
    with conversation("the-request", "the-message"):
        event = sample()
    assert (event.correlation_id, event.causation_id) == ("the-request", "the-message")


def test_an_event_outside_any_conversation_begins_one() -> None:
    assert sample().correlation_id
    assert sample().causation_id is None


@pytest.mark.parametrize(
    "changes",
    [{"id": "no-uuid"}, {"data": [1]}, {"time": "yesterday"}, {"sequence": "x"}, {"time": None}],
)
def test_a_wrong_attribute_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedEvent):
        sample(**changes)


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b"\xff", b'"text"'])
def test_bytes_that_are_no_envelope_are_refused(raw: bytes) -> None:
    with pytest.raises(MalformedEvent):
        Event.from_json(raw)


def test_data_that_does_not_fit_the_consumer_is_refused() -> None:
    assert sample().parse(Sample).number == 1
    with pytest.raises(MalformedEvent, match=r"sample\.made\.v1 does not fit Sample"):
        sample(data={"number": "many"}).parse(Sample)


def test_what_did_not_fit_is_named_and_never_quoted() -> None:
    """The error goes to the log, to Sentry and to a header; data may be personal."""
    data = {"number": "Ada Byron", "place": [{"who": "Ada Lovelace"}]}
    with pytest.raises(MalformedEvent) as refused:
        sample(data=data).parse(Person)
    told = "".join(traceback.format_exception(refused.value))
    assert "Lovelace" not in told
    assert "Byron" not in told
    assert "number: Input should be a valid integer" in str(refused.value)
    assert "place.0.city: Field required" in str(refused.value)
