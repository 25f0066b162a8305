"""The signature over a provider's notification, as Stripe writes it: `t=<seconds>,v1=<hex>`.

`v1` is HMAC-SHA256 (RFC 2104) over `<t>.<body>` with a secret that only the provider and we know.
The readers verify with it, and the simulated provider signs.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from payments.domain.errors import BadSignature

# Whoever has overheard a notification may repeat it for this long, and its id is known by then.
REPLAY_WINDOW = timedelta(minutes=5)

_MOST_CHARACTERS = 1000
_MOST_DIGITS = 12


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value for a body that is sent at that time."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(secret, seconds, body)}"


def verify(secret: str, header: str, body: bytes, now: datetime) -> None:
    """Raise BadSignature unless one of the signatures is right and its time within the window.

    There are several while the provider changes its secret. Every comparison takes as long.
    """
    seconds, signatures = _parse(header)
    expected = _digest(secret, seconds, body).encode()
    right = [hmac.compare_digest(expected, given.encode()) for given in signatures]
    if not any(right):
        raise BadSignature("The signature is not ours.")
    if abs(now.timestamp() - seconds) > REPLAY_WINDOW.total_seconds():
        raise BadSignature("The signature is too old, or a clock is wrong.")


def _digest(secret: str, seconds: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d.%b" % (seconds, body), hashlib.sha256).hexdigest()


def _parse(header: str) -> tuple[int, list[str]]:
    parts = [part.partition("=") for part in header[:_MOST_CHARACTERS].split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    signatures = [value for name, _, value in parts if name.strip() == "v1"]
    digits = times[0] if len(times) == 1 else ""
    if not signatures or not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise BadSignature("The header has no time, or no signature that we know how to check.")
    return int(digits), signatures
