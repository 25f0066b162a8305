"""What stands between a stranger and an account, as one argument.

The container of the API holds one; the use cases that check or change passwords take it.
"""

from dataclasses import dataclass

from auth.domain.account_ports import Throttle
from auth.domain.ports import Passwords, Sessions


@dataclass(frozen=True, slots=True)
class Guards:
    """Slow hashes, sessions, and the count of tries."""

    passwords: Passwords
    sessions: Sessions
    throttle: Throttle
