"""Reads a request's body at the edge, before any code of the service sees it.

The whole body is limited in size, and one that calls itself JSON must be JSON as RFC 8259 has it:
UTF-8, no NaN, no lone surrogates; nor may text hold NUL, which PostgreSQL cannot store.
"""

import re
from collections.abc import Iterable

import orjson
from starlette.types import Message, Receive, Scope

MAX_BODY_BYTES = 1024 * 1024
# Enough to be too large, and few enough for `int` to read.
MAX_DIGITS = 20

# An escaped NUL, and not an escaped backslash followed by digits.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class BodyTooLarge(Exception):
    """The body has more bytes than the limit (413)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A body may have {limit} bytes.")


class MalformedJson(Exception):
    """The body says that it is JSON and is not (400)."""


class ClientGone(Exception):
    """The client left before its request or its answer was whole; nobody waits any more."""


async def buffered(scope: Scope, receive: Receive, limit: int = MAX_BODY_BYTES) -> Receive:
    """Returns a `receive` that gives the checked body at once, then waits as before.

    Raises BodyTooLarge, MalformedJson or ClientGone.
    """
    content_type, length, chunked = _describe(scope["headers"])
    if not length and not chunked:
        return receive
    if length > limit:
        raise BodyTooLarge(limit)
    body = await _read(receive, limit)
    if body and is_json(content_type):
        _check_json(body)
    return _replay(body, receive)


def is_json(content_type: str) -> bool:
    """True for `application/json` and for every `application/…+json`, as FastAPI sees it."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _describe(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, int, bool]:
    """Returns content type, content length (0 when absent or unreadable) and if it is chunked.

    Of several fields of one name the first counts, as everywhere in Starlette.
    """
    first = dict(reversed(list(headers)))
    length = first.get(b"content-length", b"")
    return (
        first.get(b"content-type", b"").decode("latin-1"),
        int(length[:MAX_DIGITS]) if length.isdigit() else 0,
        b"transfer-encoding" in first,
    )


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _check_json(body: bytes) -> None:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(f"The body is not JSON: {error.msg}.") from error
    if holds_nul(body):
        raise MalformedJson("The body holds the character U+0000.")


def holds_nul(raw: bytes) -> bool:
    """True for JSON with U+0000 in a text, which PostgreSQL cannot even be asked about."""
    return _NUL.search(raw) is not None


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
