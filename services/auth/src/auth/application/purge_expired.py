"""Forgets what can no longer be used: old codes, links and refresh families.

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


async def purge_expired(attic: Attic, now: datetime) -> int:
    """Returns how many rows are gone."""
    codes = await attic.forget_codes_before(now - CODES_STAY)
    links = await attic.forget_links_before(now)
    return codes + links + await attic.forget_families_before(now)
