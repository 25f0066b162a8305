"""Bodies are strict in numbers, closed to unknown fields and generous to UUIDs and dates."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from chassis.schemas import MAX_AMOUNT, Money, StrictModel, Timestamp, pii


class Line(StrictModel):
    sku: str
    quantity: Annotated[int, Field(ge=1, le=10_000)]


class Sample(StrictModel):
    id: UUID | None = None
    at: datetime | None = None
    lines: tuple[Line, ...] = ()
    counts: dict[str, int] | None = None
    maybe: int | None = None
    ratio: float | None = None
    flag: bool | None = None
    price: Money | None = None
    email: Annotated[str | None, Field(max_length=20), pii(examples=["a@b.example"])] = None


def refused(document: dict[str, Any]) -> bool:
    try:
        Sample.model_validate(document)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("quantity", [1.0, 1.5, True, "1", None, [], 0, -1, 10**9, 2**70])
def test_a_quantity_is_an_integer_within_its_limits(quantity: Any) -> None:
    assert refused({"lines": [{"sku": "85123A", "quantity": quantity}]})


@pytest.mark.parametrize(
    "document",
    [
        {"counts": {"a": "1"}},
        {"counts": {"a": True}},
        {"maybe": "1"},
        {"maybe": 2.0},
        {"maybe": 2**53},
        {"ratio": "0.5"},
        {"ratio": float("nan")},
        {"ratio": float("inf")},
        {"flag": 1},
        {"flag": "true"},
        {"price": {"amount": 2.55, "currency": "GBP"}},
        {"price": {"amount": 255, "currency": "gbp"}},
        {"price": {"amount": 255, "currency": "GBP\n"}},
        {"price": {"amount": MAX_AMOUNT + 1, "currency": "GBP"}},
        {"price": {"amount": 255, "currency": "GBP", "tax": 1}},
        {"role": "admin"},
        {"id": "not-a-uuid"},
        {"at": "yesterday"},
    ],
    ids=str,
)
def test_a_body_that_is_not_exactly_right_is_refused(document: dict[str, Any]) -> None:
    assert refused(document)


def test_what_json_writes_as_text_is_read() -> None:
    sample = Sample.model_validate(
        {
            "id": "01990000-0000-7000-8000-0000000000c1",
            "at": "2026-11-22T10:00:00Z",
            "ratio": 1,
            "price": {"amount": -255, "currency": "GBP"},
        }
    )
    assert sample.id == UUID("01990000-0000-7000-8000-0000000000c1")
    assert sample.at is not None
    assert sample.at.tzinfo is not None


def test_personal_data_is_marked_in_the_schema() -> None:
    email = Sample.model_json_schema()["properties"]["email"]
    assert email["x-pii"] is True
    assert email["examples"] == ["a@b.example"]


@pytest.mark.parametrize(
    "text", ["0.5", "0", "1e9", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04Z", ""]
)
def test_a_time_that_is_not_one_of_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="RFC 3339"):
        TypeAdapter(Timestamp).validate_python(text)


@pytest.mark.parametrize("value", [1_767_225_600, 1.5, True, [], {}])
def test_what_is_no_text_is_no_time(value: object) -> None:
    with pytest.raises(ValidationError, match="RFC 3339"):
        TypeAdapter(Timestamp | None).validate_python(value)


def test_a_time_of_rfc_3339_is_taken_with_its_zone() -> None:
    moment = TypeAdapter(Timestamp).validate_python("2026-01-02T03:04:05.25+01:00")
    assert moment.isoformat() == "2026-01-02T03:04:05.250000+01:00"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_a_time_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="years 1 to 9999"):
        TypeAdapter(Timestamp).validate_python(text)
