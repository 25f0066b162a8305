"""Identifiers: UUIDv7 (RFC 9562), so that keys sort by the time they were made.

Every service makes its own identifiers with this, in the process and not in the database.
"""

from uuid import UUID

import uuid_utils
import uuid_utils.compat


def uuid7() -> UUID:
    """Returns a new UUID of version 7: 48 bits of Unix milliseconds, then random bits."""
    return uuid_utils.compat.uuid7()


def uuid7_text() -> str:
    """Returns a new UUID of version 7 as text, several times as fast where only text is needed."""
    return str(uuid_utils.uuid7())
