"""Cursors come back as they were made, and nothing else is taken for one."""

import random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from fastapi import Request
from pydantic import BaseModel

from chassis.pagination import (
    MAX_CURSOR,
    InvalidCursor,
    decode_cursor,
    encode_cursor,
    link_header,
    page_links,
    page_of,
)


class Position(BaseModel):
    name: str
    number: int


class Place(BaseModel):
    id: UUID


class DriversUuid(UUID):
    """What asyncpg returns: a UUID that is not quite Python's own."""


def request_for(query: str) -> Request:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/things",
        "query_string": query.encode(),
        "headers": [(b"host", b"evil.example")],
    }
    return Request(scope)


@pytest.mark.parametrize("name", ["", "a", "é/?&=+", "日本語", '"', "\\", "\n", "x" * 500])
@pytest.mark.parametrize("number", [0, -1, 2**53])
def test_a_cursor_comes_back_as_it_was_made(name: str, number: int) -> None:
    cursor = encode_cursor({"name": name, "number": number})
    assert cursor == quote(cursor)
    assert decode_cursor(cursor, Position) == Position(name=name, number=number)


def test_a_drivers_own_kind_of_uuid_comes_back_as_a_uuid() -> None:
    cursor = encode_cursor({"id": DriversUuid(int=7)})
    assert decode_cursor(cursor, Place).id == UUID(int=7)


def test_any_other_text_is_an_invalid_cursor() -> None:
    dice = random.Random(7)
    for _ in range(500):
        text = "".join(chr(dice.randrange(1, 0x3000)) for _ in range(dice.randrange(60)))
        with pytest.raises(InvalidCursor):
            decode_cursor(text, Position)


@pytest.mark.parametrize(
    "cursor",
    ["", "e30", encode_cursor({"name": "x"}), "A" * (MAX_CURSOR + 1), "====", "\ud800", "e30="],
    ids=repr,
)
def test_a_cursor_of_another_list_is_invalid(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, Position)


def test_a_cursor_holds_no_character_that_postgresql_cannot_be_asked_about() -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(encode_cursor({"name": "a\0", "number": 1}), Position)
    backslashes = encode_cursor({"name": "\\u0000", "number": 1})
    assert decode_cursor(backslashes, Position).name == "\\u0000"


def key_of(row: int) -> dict[str, Any]:
    return {"name": "n", "number": row}


def test_the_extra_row_only_says_that_there_is_more() -> None:
    page = page_of([1, 2, 3], 2, key_of)
    assert page.items == [1, 2]
    assert page.next_cursor == encode_cursor(key_of(2))
    assert page_of([1, 2], 2, key_of).next_cursor is None
    assert page_of([], 2, key_of).next_cursor is None


def test_links_keep_the_filters_and_stay_on_our_origin() -> None:
    request = request_for("limit=2&q=a%20b&cursor=old")
    assert page_links(request, "new") == {
        "self": {"href": "/v1/things?limit=2&q=a+b&cursor=old"},
        "next": {"href": "/v1/things?limit=2&q=a+b&cursor=new"},
    }
    assert link_header(request, "new") == (
        '</v1/things?limit=2&q=a+b&cursor=old>; rel="self", '
        '</v1/things?limit=2&q=a+b&cursor=new>; rel="next"'
    )


def test_the_last_page_has_no_next() -> None:
    request = request_for("")
    assert page_links(request, None) == {"self": {"href": "/v1/things"}}
    assert link_header(request, None) == '</v1/things>; rel="self"'
