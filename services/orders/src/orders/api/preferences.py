"""The header field `Prefer` with `wait` (RFC 7240 section 4.3).

Placing an order reads it. A preference is a wish: what cannot be understood is ignored.
"""

import re

LONGEST_WAIT = 8  # the gateway gives an answer nine seconds

_WAIT = re.compile(r'\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?', re.IGNORECASE)


def wanted_wait(prefer: str | None) -> int | None:
    """Returns the seconds to wait, at most LONGEST_WAIT; None without a wish."""
    for preference in (prefer or "").split(","):
        if found := _WAIT.fullmatch(preference):
            return min(int(found[1]), LONGEST_WAIT)
    return None
