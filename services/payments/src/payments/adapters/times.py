"""Ids of version 7 begin with their time, so a time is a place in their order (RFC 9562, 5.7).

What pages through rows by id from a time on calls this.
"""

from datetime import datetime
from uuid import UUID

_BITS_BELOW_THE_TIME = 80


def first_id_of(time: datetime) -> UUID:
    """The least id that could have been made then; before 1970 none was."""
    return UUID(int=max(0, int(time.timestamp() * 1000)) << _BITS_BELOW_THE_TIME)
