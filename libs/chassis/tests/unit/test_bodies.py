"""A body is whole, small enough and really JSON before any code of the service sees it."""

from typing import Any

import pytest
from starlette.types import Message, Receive, Scope

from chassis.bodies import BodyTooLarge, ClientGone, MalformedJson, buffered

JSON = b"application/json"


def scope_with(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}


def sender(*chunks: bytes, gone: bool = False) -> Receive:
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": gone or place < len(chunks) - 1}
        for place, chunk in enumerate(chunks)
    ]
    messages.append({"type": "http.disconnect"})

    async def receive() -> Message:
        return messages.pop(0)

    return receive


async def read(body: bytes, content_type: bytes = JSON, limit: int = 100) -> Any:
    length = str(len(body)).encode()
    headers = scope_with((b"content-type", content_type), (b"content-length", length))
    receive = await buffered(headers, sender(body), limit)
    first, second = await receive(), await receive()
    assert second == {"type": "http.disconnect"}
    return first["body"]


async def test_a_body_is_handed_on_whole() -> None:
    headers = scope_with((b"transfer-encoding", b"chunked"), (b"content-type", JSON))
    receive = await buffered(headers, sender(b'{"a"', b":", b"1}"), 100)
    assert await receive() == {"type": "http.request", "body": b'{"a":1}', "more_body": False}


async def test_a_request_without_a_body_is_left_alone() -> None:
    receive = sender(b"")
    assert await buffered(scope_with(), receive, 100) is receive


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1' + b"0" * 400 + b"}",
        b'{"a": "\xff"}',
        rb'{"a": "\ud800"}',
        rb'{"a": "\u0000"}',
        rb'{"a": "\\\u0000"}',
        b"[" * 3000 + b"]" * 3000,
        b"\xef\xbb\xbf{}",
        b'{"a": 1} x',
    ],
    ids=lambda body: repr(body[:16]),
)
async def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        await read(body, limit=10_000)


@pytest.mark.parametrize(
    "content_type",
    [b"APPLICATION/JSON; charset=utf-8", b"application/merge-patch+json", b"application/json;x"],
)
async def test_every_kind_of_json_is_checked(content_type: bytes) -> None:
    assert await read(rb'{"a": "\\u0000"}', content_type)
    with pytest.raises(MalformedJson):
        await read(b"{", content_type)


@pytest.mark.parametrize("content_type", [JSON + b"\xa0", b" " + JSON, JSON + b"\t;x"])
async def test_a_type_that_fastapi_takes_for_json_is_checked_too(content_type: bytes) -> None:
    with pytest.raises(MalformedJson):
        await read(b"[NaN]", content_type)


async def test_of_two_content_types_the_first_counts() -> None:
    length = (b"content-length", b"5")
    headers = scope_with((b"content-type", JSON), (b"content-type", b"text/plain"), length)
    with pytest.raises(MalformedJson):
        await buffered(headers, sender(b"[NaN]"), 100)


async def test_a_length_of_thousands_of_digits_is_too_large() -> None:
    with pytest.raises(BodyTooLarge):
        await buffered(scope_with((b"content-length", b"9" * 9000)), sender(b""), 100)


async def test_other_kinds_of_body_are_handed_on_as_they_are() -> None:
    assert await read(b"{", b"text/plain") == b"{"
    assert await read(b"grant_type=x", b"application/x-www-form-urlencoded") == b"grant_type=x"


async def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert await read(b"x" * 100, b"text/plain") == b"x" * 100
    with pytest.raises(BodyTooLarge):
        await read(b"x" * 101, b"text/plain")


@pytest.mark.parametrize("length", [b"5", b"-5", b"abc", b"", "٣".encode()])
async def test_a_body_that_lies_about_its_length_is_limited_all_the_same(length: bytes) -> None:
    headers = scope_with((b"content-length", length), (b"transfer-encoding", b"chunked"))
    with pytest.raises(BodyTooLarge):
        await buffered(headers, sender(b"x" * 60, b"x" * 60), 100)


async def test_a_client_that_leaves_half_way_gets_no_answer() -> None:
    with pytest.raises(ClientGone):
        await buffered(scope_with((b"content-length", b"50")), sender(b"x", gone=True), 100)
