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
    [
        *("email", "name", "password", "cart_token", "Authorization", "shipping_address"),
        *("postcode", "X-Api-Key", "Set-Cookie", "apiKey", "accessToken", "Cart-Token", "card"),
        *("client_assertion", "code_verifier", "http.request.header.cookie", "private_key", "totp"),
    ],
)
def test_a_field_that_names_personal_data_is_hidden(name: str) -> None:
    assert redact({name: "x", "deep": [{name: {"a": 1}}]}) == {
        name: REDACTED,
        "deep": [{name: REDACTED}],
    }


@pytest.mark.parametrize(
    "name",
    [
        "token_id",
        "names",
        "event",
        "sku",
        "path",
        "key",
        "idempotency_key",
        "public_key",
        "card_id",
    ],
)
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
        ("GET /x?a=1&token=c4n4ry&b=2", f"GET /x?a=1&token={REDACTED}&b=2"),
        ("input={'password': 'c4n4ry', 'a': 'b'}", f"input={{'password': '{REDACTED}', 'a': 'b'}}"),
        ('{"client_secret":"c4n4ry","a":"b"}', f'{{"client_secret":"{REDACTED}","a":"b"}}'),
        ("[(b'cookie', b'c4n4ry'), (b'a', b'b')]", f"[(b'cookie', b'{REDACTED}'), (b'a', b'b')]"),
        ("Authorization: Bearer c4n4ry.x", f"Authorization: {REDACTED}"),
        ("b'cookie: a=c4n4ry; b=c4n4ry'", f"b'cookie: {REDACTED}'"),
        ("Proxy-Authorization: Basic YzRuNHJ5\r\nA: b", f"Proxy-Authorization: {REDACTED}\r\nA: b"),
        ("sent Bearer c4n4ry.x to it", f"sent Bearer {REDACTED} to it"),
        ("wrong password: c4n4ry", f"wrong password: {REDACTED}"),
        ("authorization=Basic YzRuNHJ5", f"authorization={REDACTED}"),
        ("X-Api-Key: c4n4ry", f"X-Api-Key: {REDACTED}"),
        ("bad token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.x", f"bad token {REDACTED}"),
        ("card 4242 4242 4242 4242 declined", f"card {REDACTED} declined"),
        ("card 4242424242424242.", f"card {REDACTED}."),
        ("3782 822463 10005", REDACTED),
        ("4242424242424241 is no card", "4242424242424241 is no card"),
        ("at 1790000000000000001 ns", "at 1790000000000000001 ns"),
        ("01990000-0000-7000-8000-000000000042", "01990000-0000-7000-8000-000000000042"),
        ("the token has expired: try again", "the token has expired: try again"),
        ("offset=5 partition=2 key='85123A'", "offset=5 partition=2 key='85123A'"),
    ],
)
def test_addresses_and_passwords_are_cut_out_of_any_text(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize("value", [1, 2.5, None, True, b"x"])
def test_plain_values_stay(value: Any) -> None:
    assert redact({"a": value, "b": (value,)}) == {"a": value, "b": [value]}
