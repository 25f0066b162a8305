"""What a service allows a shared cache to do with its answer (RFC 9111, RFC 5861, RFC 9213).

`CDN-Cache-Control` is for caches like this one and goes before `Cache-Control`, which browsers
obey. Nothing is guessed: an answer that names no lifetime is not kept. Called by `reading.py`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Fields = Iterable[tuple[bytes, bytes]]

TARGETED = b"cdn-cache-control"
LONGEST_SECONDS = 3600.0
KEPT_STATUSES = frozenset({200, 301, 308, 404, 410})
_DIRECTIVE = re.compile(rb"([!#$%&'*+.^_`|~0-9a-z-]+)(?:=(?:\"([^\"]*)\"|([^\s,;\"]*)))?")
# With a token in the request, an answer is kept only when one of these allows it (§3.5).
_ALLOW_SHARING = frozenset({b"public", b"s-maxage", b"must-revalidate"})
_FORBID_KEEPING = frozenset({b"no-store", b"private"})
_FORBID_STALE = frozenset({b"must-revalidate", b"proxy-revalidate", b"no-cache"})


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds: fresh, then usable while somebody asks anew, or when asking anew fails."""

    fresh: float
    while_revalidating: float
    if_error: float
    vary: tuple[bytes, ...]
    age: float


def lifetime(status: int, fields: Fields, *, authorized: bool) -> Lifetime | None:
    """How long an answer may be used again; None when it must not be kept."""
    said = _lines(fields)
    targeted = said.get(TARGETED)
    control = directives(targeted if targeted is not None else said.get(b"cache-control", b""))
    vary = tuple(sorted(name.strip().lower() for name in said.get(b"vary", b"").split(b",")))
    if (
        status not in KEPT_STATUSES
        or control.keys() & _FORBID_KEEPING
        or b"*" in vary
        or b"set-cookie" in said
        or (authorized and targeted is None and not control.keys() & _ALLOW_SHARING)
    ):
        return None
    fresh = _seconds(control, b"s-maxage", b"max-age")
    if b"no-cache" in control:
        fresh = 0.0
    if fresh is None or (fresh == 0.0 and b"etag" not in said):
        return None
    stale = not control.keys() & _FORBID_STALE
    return Lifetime(
        fresh=fresh,
        while_revalidating=(_seconds(control, b"stale-while-revalidate") or 0.0) if stale else 0.0,
        if_error=(_seconds(control, b"stale-if-error") or 0.0) if stale else 0.0,
        vary=tuple(name for name in vary if name),
        age=_seconds({b"age": said.get(b"age", b"0")}, b"age") or 0.0,
    )


def wants_the_service(control: bytes) -> bool:
    """Whether a request's Cache-Control asks for an answer that nobody kept (§5.2.1)."""
    said = directives(control)
    return bool(said.keys() & {b"no-cache", b"no-store"}) or said.get(b"max-age") == b"0"


def directives(control: bytes) -> Mapping[bytes, bytes]:
    """The directives of a field with their arguments; the first of each name counts (§4.2.1)."""
    found: dict[bytes, bytes] = {}
    for name, quoted, plain in _DIRECTIVE.findall(control.lower()):
        found.setdefault(name, quoted or plain)
    return found


def matches(wanted: bytes, etag: bytes) -> bool:
    """Whether If-None-Match names this tag, by weak comparison (RFC 9110 §13.1.2)."""
    opaque = etag.removeprefix(b"W/")
    tags = [tag.strip().removeprefix(b"W/") for tag in wanted.split(b",")]
    return wanted.strip() == b"*" or opaque in tags


def _seconds(control: Mapping[bytes, bytes], *names: bytes) -> float | None:
    for name in names:
        if name in control:
            value = control[name]
            # What is no number of seconds is as old as can be (§4.2.1).
            return min(float(value), LONGEST_SECONDS) if value.isdigit() else 0.0
    return None


def _lines(fields: Fields) -> dict[bytes, bytes]:
    lines: dict[bytes, bytes] = {}
    for name, value in fields:
        lines[name] = b"%b, %b" % (lines[name], value) if name in lines else value
    return lines
