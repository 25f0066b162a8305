"""Keyset pagination: opaque cursors, `Link` header fields (RFC 8288) and the body of a page.

A cursor carries the sort key of the last row seen, so a page costs the same wherever it is and
no row is shown twice when others are inserted. Called by the services' list routes.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from fastapi import Query, Request
from pydantic import BaseModel, ValidationError

from chassis.bodies import holds_nul

MAX_CURSOR = 1024

Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=100, description="How many items a page has.")]
Cursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR, description="Where to go on: `cursor` of the link `next`."),
]


class InvalidCursor(ValueError):
    """The cursor was not made by this list."""

    def __init__(self) -> None:
        super().__init__("The cursor is not one that this list gave out.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the cursor of those after them, if there are any."""

    items: Sequence[Item]
    next_cursor: str | None = None


def encode_cursor(values: Mapping[str, Any]) -> str:
    """Returns the sort key of a row (text, numbers, UUIDs, datetimes) as URL-safe text."""
    # asyncpg's UUIDs are a subclass of Python's, which orjson does not know by itself.
    raw = orjson.dumps(dict(values), default=str)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str, model: type[Model]) -> Model:
    """Reads a cursor as `model`; raises InvalidCursor for anything else."""
    if len(cursor) > MAX_CURSOR or not cursor.isascii():
        raise InvalidCursor
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if holds_nul(raw):
            raise InvalidCursor
        return model.model_validate_json(raw)
    except (binascii.Error, ValidationError) as error:
        raise InvalidCursor from error


def page_of(
    rows: Sequence[Item], limit: int, sort_key: Callable[[Item], Mapping[str, Any]]
) -> Page[Item]:
    """Makes a page from up to `limit + 1` rows: the extra one only says that there is more."""
    items = rows[:limit]
    more = len(rows) > limit
    return Page(items, encode_cursor(sort_key(items[-1])) if more else None)


def page_links(request: Request, next_cursor: str | None) -> dict[str, dict[str, str]]:
    """Returns `_links` with `self` and, where there is one, `next`; relative to the origin."""
    links = {"self": {"href": here(request)}}
    if next_cursor is not None:
        links["next"] = {"href": _next(request, next_cursor)}
    return links


def link_header(request: Request, next_cursor: str | None) -> str:
    """Returns the value of the `Link` header field."""
    links = [f'<{here(request)}>; rel="self"']
    if next_cursor is not None:
        links.append(f'<{_next(request, next_cursor)}>; rel="next"')
    return ", ".join(links)


def here(request: Request) -> str:
    """Returns what was asked for, path and query, as it may stand in a link."""
    query = urlencode(request.query_params.multi_items())
    return f"{request.url.path}?{query}" if query else request.url.path


def _next(request: Request, cursor: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
