"""Keeps personal data and secrets out of logs and error reports.

A field is left out when its name says what it is or when its model marks it `x-pii`. Out of any
text go e-mail addresses, tokens, card numbers, and what stands as `password=…` or the like, for
errors of libraries quote what they got.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

REDACTED = "[redacted]"

_WORDS = frozenset(
    {
        *("address", "authorization", "city", "contact", "cookie", "cookies", "email", "name"),
        *("passwd", "password", "phone", "postcode", "recipient", "secret", "street", "token"),
        *("assertion", "card", "credential", "credentials", "cvc", "cvv", "iban", "jwt", "otp"),
        *("passphrase", "totp", "verifier"),
    }
)
# What makes a key a secret; an idempotency key, for one, is none.
_SECRET_KEYS = frozenset({"api", "access", "encryption", "private", "secret", "signing"})
_WORD_BREAK = re.compile(r"[_.\s-]+|(?<=[a-z0-9])(?=[A-Z])")
_PLAIN = frozenset({int, float, bool, type(None)})
_EMAIL = re.compile(r"[^\s@\"'<>()\[\],;:=]+@[^\s@\"'<>()\[\],;:=]+\.[A-Za-z]{2,}")
_PASSWORD = re.compile(r"(://[^\s:/@]*):[^\s/@]+@")
_TOKEN = re.compile(r"(?<=[Bb]earer )[^\s\"',]+|eyJ[\w-]{8,}(?:\.[\w-]*){1,4}")
_FIELD = re.compile(r"(?i)((?:authorization|cookie|x-api-key|cart-token):)[ \t]*[^\r\n\"']+")
# As in a query or form, in JSON, in the repr of a mapping or of pairs, or at the end of a sentence.
_NAMED = re.compile(
    r"(?i)((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|cookie|authorization|verifier|"
    r"assertion|otp|cvc|cvv|card(?:[_-]?number)?)(?:=[\"']?|[\"']\s*[:,]\s*b?[\"']|:\s(?=\S+$)))"
    r"(?!\[redacted)(?:(?:basic|bearer|dpop)\s)?[^\s&\"',;)}\]]+"
)
# What makes it worth to look for the above; most texts hold none of it.
_HINTS = (
    *("passw", "passphrase", "secret", "token", "key", "cookie", "authorization", "verifier"),
    *("assertion", "otp", "cvc", "cvv", "card"),
)
_SHORTEST_CARD = 13
# The first digit is looked for first, because that is what a search does fast.
_CARD = re.compile(
    r"[2-6](?<![\w.-].)\d{3}(?:\d{9,15}|([ -])\d{4}\1\d{4}\1\d{1,7}|([ -])\d{6}\2\d{5})"
    r"(?![\w-]|\.\d)"
)


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
    """Returns the text without e-mail addresses, tokens, card numbers and named secrets."""
    if "@" in text:
        text = _EMAIL.sub(REDACTED, _PASSWORD.sub(r"\1:***@", text))
    if "earer " in text or "eyJ" in text:
        text = _TOKEN.sub(REDACTED, text)
    if ("=" in text or ": " in text or "'" in text or '"' in text) and _hints_at_secret(text):
        text = _NAMED.sub(rf"\1{REDACTED}", _FIELD.sub(rf"\1 {REDACTED}", text))
    return text if len(text) < _SHORTEST_CARD else _CARD.sub(_without_card, text)


@lru_cache(maxsize=1024)
def is_private(name: str) -> bool:
    """True for a name whose last word is personal data or a secret: `cart_token`, `X-Api-Key`."""
    words = [word.lower() for word in _WORD_BREAK.split(name)]
    return words[-1] in _WORDS or (words[-1] == "key" and not _SECRET_KEYS.isdisjoint(words[-2:-1]))


def _hints_at_secret(text: str) -> bool:
    text = text.lower()
    return any(hint in text for hint in _HINTS)


def _without_card(found: re.Match[str]) -> str:
    """Leaves out what passes the check of ISO/IEC 7812 (Luhn); other long numbers stay."""
    digits = [int(character) for character in reversed(found[0]) if character.isdigit()]
    doubled = (divmod(2 * digit, 10) for digit in digits[1::2])
    right = (sum(digits[::2]) + sum(map(sum, doubled))) % 10 == 0
    return REDACTED if right else found[0]


def _shown(model: BaseModel, name: str) -> Any:
    extra = type(model).model_fields[name].json_schema_extra
    marked = isinstance(extra, dict) and extra.get("x-pii") is True
    return REDACTED if marked else getattr(model, name)
