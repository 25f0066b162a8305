"""Personal data and secrets never reach a log, whatever carries them."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from chassis.redaction import REDACTED, redact, redact_text
from chassis.schemas import pii


class Contact(BaseModel):
    id: int
    nickname: Annotated[str, Field(max_length=9), pii()]


@pytest.mark.parametrize(
    "name",
    ["email", "name", "password", "cart_token", "Authorization", "shipping_address", "postcode"],
)
def test_a_field_that_names_personal_data_is_hidden(name: str) -> None:
    assert redact({name: "x", "deep": [{name: {"a": 1}}]}) == {
        name: REDACTED,
        "deep": [{name: REDACTED}],
    }


@pytest.mark.parametrize("name", ["token_id", "names", "event", "sku", "path"])
def test_other_fields_are_shown(name: str) -> None:
    assert redact({name: "x"}) == {name: "x"}


def test_a_field_that_its_model_marks_is_hidden() -> None:
    assert redact({"contact_seen": Contact(id=1, nickname="Bo")}) == {
        "contact_seen": {"id": 1, "nickname": REDACTED}
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail to ann.lee@shop.example failed", f"mail to {REDACTED} failed"),
        ("DETAIL: (email)=(ann@shop.example)", f"DETAIL: (email)=({REDACTED})"),
        ("postgresql://orders:s3cret@127.0.0.1:8083/x", "postgresql://orders:***@127.0.0.1:8083/x"),
        ("redis://:s3cret@cache:6379/0", "redis://:***@cache:6379/0"),
        ("nothing here", "nothing here"),
    ],
)
def test_addresses_and_passwords_are_cut_out_of_any_text(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize("value", [1, 2.5, None, True, b"x"])
def test_plain_values_stay(value: Any) -> None:
    assert redact({"a": value, "b": (value,)}) == {"a": value, "b": [value]}
