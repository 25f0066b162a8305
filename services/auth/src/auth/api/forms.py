"""Reads `application/x-www-form-urlencoded` as OAuth wants it: strictly.

RFC 6749 §3.1 and §3.2 forbid repeated parameters, and its appendix A allows printable ASCII
only. FastAPI's own forms answer faults with 422 problems, which is not what the RFC says.
"""

from urllib.parse import parse_qsl

from fastapi import Request

from auth.domain.oauth_errors import InvalidRequest, UnsafeRedirect

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 50


def parse_fields(raw: bytes) -> dict[str, str]:
    """Returns the fields; raises InvalidRequest for repeated, unreadable or too many ones."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise InvalidRequest("The parameters cannot be read.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("A parameter is repeated.")
    # PostgreSQL cannot even be asked about it.
    if any("\0" in name + value for name, value in pairs):
        raise InvalidRequest("A parameter holds the character U+0000.")
    return fields


async def read_form(request: Request) -> dict[str, str]:
    """Returns the fields of a form that a person filled in, in any script."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise InvalidRequest(f"The body must be {FORM}.")
    return parse_fields(await request.body())


async def read_token_form(request: Request) -> dict[str, str]:
    """Returns the fields of a token request; raises InvalidRequest."""
    return _printable(await read_form(request))


def read_authorization_query(request: Request) -> dict[str, str]:
    """Returns the parameters of an authorization request; raises UnsafeRedirect."""
    try:
        return _printable(parse_fields(request.scope["query_string"]))
    except InvalidRequest as error:
        raise UnsafeRedirect(str(error)) from error


def _printable(fields: dict[str, str]) -> dict[str, str]:
    for name, value in fields.items():
        if not (name + value).isascii() or not (name + value).isprintable():
            raise InvalidRequest("A parameter has characters that OAuth does not allow.")
    return fields
