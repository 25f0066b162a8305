"""The header field `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).

Routes that create take `RequiredKey` or `OptionalKey` and scope it to who asks; the use case
then claims the key in its own transaction (see `idempotency.py`).
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from chassis.idempotency import IdempotencyKey, KeyInFlight, KeyReused
from chassis.openapi import DEMANDED
from chassis.problems import ProblemTable, ProblemType

HEADER = "Idempotency-Key"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


class KeyMissing(Exception):
    """The route demands a key and there is none (400)."""

    def __init__(self) -> None:
        super().__init__(f"This needs the header field {HEADER}, a text that you choose.")


class KeyInvalid(Exception):
    """The key is not one text of 1 to 255 visible ASCII characters (400)."""

    def __init__(self) -> None:
        super().__init__(f"{HEADER} is given once, with 1 to 255 visible ASCII characters.")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key as it came, with the digest of the request it stands for and its route."""

    key: str
    fingerprint: str
    route: str

    def scoped(self, caller: str) -> IdempotencyKey:
        """Returns the key of this caller (`caller.identity`, or a guest's) on this route."""
        return IdempotencyKey(f"{caller} {self.route}", self.key, self.fingerprint)


async def request_key(request: Request, scope: str) -> IdempotencyKey | None:
    """Returns the request's key for a caller, or None; raises KeyInvalid."""
    found = await _read(request)
    return found.scoped(scope) if found else None


async def _read(request: Request) -> RequestKey | None:
    values = request.headers.getlist(HEADER)
    if not values:
        return None
    if len(values) > 1 or not _VISIBLE.fullmatch(values[0]):
        raise KeyInvalid
    template = getattr(request.scope.get("route"), "path_format", request.url.path)
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query):
        digest.update(part.encode() + b"\0")
    digest.update(await request.body())
    return RequestKey(values[0], digest.hexdigest(), f"{request.method} {template}")


def _header(**extra: bool) -> Any:
    """Declares the field for OpenAPI; its value is read and checked by `_read`."""
    return Header(
        alias=HEADER,
        description="Any text of your choice; the same one again, within 24 hours at least, "
        "repeats nothing.",
        examples=["01990000-0000-7000-8000-00000000aaaa"],
        json_schema_extra=dict(extra),
    )


async def _optional(
    request: Request, _documented: Annotated[str | None, _header()] = None
) -> RequestKey | None:
    return await _read(request)


async def _required(
    request: Request, _documented: Annotated[str | None, _header(**{DEMANDED: True})] = None
) -> RequestKey:
    found = await _read(request)
    if found is None:
        raise KeyMissing
    return found


RequiredKey = Annotated[RequestKey, Depends(_required)]
OptionalKey = Annotated[RequestKey | None, Depends(_optional)]

IDEMPOTENCY_PROBLEMS: ProblemTable = {
    KeyMissing: ProblemType(400, "idempotency-key-missing", "An idempotency key is needed"),
    KeyInvalid: ProblemType(400, "idempotency-key-invalid", "The idempotency key is not valid"),
    KeyReused: ProblemType(422, "idempotency-key-reused", "The key belongs to another request"),
    KeyInFlight: ProblemType(
        409, "idempotency-key-in-flight", "The first request still runs", {"Retry-After": "1"}
    ),
}
