"""A lease: one document that says who does a job, and until when.

The relay holds one, so that one process publishes at a time, and so does the worker of pictures.
It expires by itself when its holder dies. It cannot stop a holder that lost it without noticing,
so whatever is done under it must bear being done twice.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError, PyMongoError

from catalog.adapters.mongo import Collection
from chassis.clock import utcnow
from chassis.ids import uuid7


class Lease:
    """The lease called `name`; `seconds` must be far more than clocks differ and a step takes."""

    def __init__(
        self,
        leases: Collection,
        name: str,
        *,
        seconds: float = 10.0,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._leases = leases
        self._name = name
        self._length = timedelta(seconds=seconds)
        self._clock = clock
        self.holder = str(uuid7())
        self._prolong_after: datetime | None = None

    async def acquire(self) -> bool:
        """Takes the lease, or prolongs it once half of it is over; False while another holds it."""
        now = self._clock()
        if self._prolong_after is not None and _is_soon(now, self._prolong_after, self._length):
            return True
        free_or_mine = {
            "_id": self._name,
            "$or": [
                {"holder": self.holder},
                {"expires_at": {"$lt": now}},
                # A clock that was far ahead said so, and nobody can wait until it is right.
                {"expires_at": {"$gt": now + 2 * self._length}},
            ],
        }
        held = {"$set": {"holder": self.holder, "expires_at": now + self._length}}
        try:
            await self._leases.upsert(free_or_mine, held)
        except DuplicateKeyError:
            self._prolong_after = None
            return False
        self._prolong_after = now + self._length / 2
        return True

    @asynccontextmanager
    async def released_after(self) -> AsyncIterator[None]:
        """Gives the lease up at the end, or lets it expire where the database is away."""
        try:
            yield
        finally:
            with suppress(PyMongoError):
                await self.release()

    async def release(self) -> None:
        """Gives the lease up, so that another need not wait for its end."""
        self._prolong_after = None
        await self._leases.delete({"_id": self._name, "holder": self.holder})


def _is_soon(now: datetime, moment: datetime, length: timedelta) -> bool:
    """False for a moment that is further away than any that was noted with a clock like this."""
    return timedelta(0) < moment - now <= length
