"""Reads what a client sends to the token, revocation and introspection endpoints.

A form, and the client's id and secret in the Authorization header where it is registered to send
them there (RFC 6749 §2.3.1).
"""

import base64
import binascii
from urllib.parse import unquote_plus

from fastapi import Request

from auth.api.forms import read_token_form
from auth.application.token_request import TokenRequest
from auth.domain.oauth_errors import InvalidClient, InvalidRequest


async def read_client_request(request: Request) -> TokenRequest:
    """Raises InvalidRequest, and InvalidClient for a header that is not Basic."""
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise InvalidRequest("Authorization is repeated.")
    basic = _read_basic(headers[0]) if headers else None
    return TokenRequest(await read_token_form(request), basic)


def _read_basic(header: str) -> tuple[str, str]:
    """Both halves are form-encoded before they are joined (RFC 6749 §2.3.1)."""
    scheme, _space, value = header.partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise InvalidClient("The Authorization header cannot be read.") from error
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon or not text.isprintable():
        raise InvalidClient("The Authorization header is not a client's id and secret.")
    pair = unquote_plus(client_id), unquote_plus(secret)
    if not all(half.isascii() and half.isprintable() for half in pair):
        raise InvalidClient("The Authorization header has characters that OAuth does not allow.")
    return pair
