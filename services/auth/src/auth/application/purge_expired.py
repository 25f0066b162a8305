"""Forgets what can no longer be used: old codes, links and refresh families past their end,
revocations of tokens that are dead by now, and keys that signed none which lives.

A worker calls it once an hour. Codes stay a day, so that a late replay still revokes what the
first use gave. The trail of token exchange is never purged.
"""

from datetime import datetime, timedelta
from typing import Protocol

CODES_STAY = timedelta(days=1)


class Attic(Protocol):
    """Where the spent and the expired lie."""

    async def forget_codes_before(self, moment: datetime) -> int:
        """Deletes codes issued before the moment; returns how many."""

    async def forget_families_before(self, moment: datetime) -> int:
        """Deletes families that ended before the moment; returns how many."""

    async def forget_links_before(self, moment: datetime) -> int:
        """Deletes mailed links that ended before the moment; returns how many."""

    async def forget_revocations_before(self, moment: datetime) -> int:
        """Deletes published revocations that no living token is meant by; returns how many."""

    async def forget_keys_before(self, moment: datetime) -> int:
        """Deletes signing keys that were over before the moment; returns how many."""


async def purge_expired(attic: Attic, now: datetime) -> int:
    """Returns how many rows are gone."""
    return sum(
        [
            await attic.forget_codes_before(now - CODES_STAY),
            await attic.forget_families_before(now),
            await attic.forget_links_before(now),
            await attic.forget_revocations_before(now),
            await attic.forget_keys_before(now),
        ]
    )
