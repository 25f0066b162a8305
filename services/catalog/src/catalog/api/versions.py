"""Which version of a resource is on its way out, and how its answers say so (ADR 0025).

The old reads of `routes.py` add these fields: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a
link to the same thing in the newer version (RFC 5829).
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Request

from chassis.pagination import here

V1_DEPRECATED = datetime(2026, 11, 22, tzinfo=UTC)
V1_SUNSET = datetime(2027, 6, 1, tzinfo=UTC)

_FIELDS = {
    "Deprecation": f"@{int(V1_DEPRECATED.timestamp())}",
    "Sunset": format_datetime(V1_SUNSET, usegmt=True),
}
_MEANINGS = {
    "Deprecation": "Since when this version is deprecated (RFC 9745).",
    "Sunset": "From when on it may be gone (RFC 8594).",
    "Link": "`successor-version` is the same in the newer version (RFC 5829).",
}
# For a route's `responses=`: what its 200 and its 304 carry.
DEPRECATED_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {
        "headers": {
            name: {"description": meaning, "schema": {"type": "string"}}
            for name, meaning in _MEANINGS.items()
        }
    }
    for status in (200, 304)
}


def deprecated(request: Request) -> dict[str, str]:
    """Returns the fields of an answer of v1; the query goes on to v2, a cursor with it."""
    successor = here(request).replace("/v1/", "/v2/", 1)
    return {**_FIELDS, "Link": f'<{successor}>; rel="successor-version"'}
