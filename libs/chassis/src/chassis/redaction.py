"""Keeps personal data and secrets out of logs and error reports.

A field is left out when its name says what it is, when its model marks it `x-pii`, and an e-mail
address or a URL's password is left out of any text, for errors of libraries quote what they got.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

REDACTED = "[redacted]"

_WORDS = frozenset(
    {
        *("address", "authorization", "city", "contact", "cookie", "email", "name", "password"),
        *("phone", "postcode", "recipient", "secret", "street", "token", "verifier"),
    }
)
_PLAIN = frozenset({int, float, bool, type(None)})
_EMAIL = re.compile(r"[^\s@\"'<>()\[\],;:=]+@[^\s@\"'<>()\[\],;:=]+\.[A-Za-z]{2,}")
_PASSWORD = re.compile(r"(://[^\s:/@]*):[^\s/@]+@")


def redact(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields with personal data and secrets replaced, however deep they lie."""
    return {
        name: REDACTED if is_private(name) else redact_value(value)
        for name, value in fields.items()
    }


def redact_value(value: Any) -> Any:
    """Returns a value that may be written to a log."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, BaseModel):
        return redact({name: _shown(value, name) for name in kind.model_fields})
    if isinstance(value, Mapping):
        return redact({str(name): item for name, item in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item) for item in value]
    return value


def redact_text(text: str) -> str:
    """Returns the text without e-mail addresses and without the passwords of URLs."""
    if "@" not in text:
        return text
    return _EMAIL.sub(REDACTED, _PASSWORD.sub(r"\1:***@", text))


@lru_cache(maxsize=1024)
def is_private(name: str) -> bool:
    """True for a field whose last word names personal data or a secret, such as `cart_token`."""
    return name.rpartition("_")[2].lower() in _WORDS


def _shown(model: BaseModel, name: str) -> Any:
    extra = type(model).model_fields[name].json_schema_extra
    marked = isinstance(extra, dict) and extra.get("x-pii") is True
    return REDACTED if marked else getattr(model, name)
