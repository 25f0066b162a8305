"""The one source of the present time, so that no service ever makes a naive datetime.

Use cases that must be tested at a chosen time take a clock as a parameter; this is its default.
"""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Returns the present as an aware datetime in UTC."""
    return datetime.now(UTC)
