"""One event on its way to one webhook: tried until it is taken, for three days at most.

The pauses double, with jitter so that what failed together does not come back together. What was
given up can be sent again by hand, and then has three days more.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

PATIENCE = timedelta(days=3)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=4)
LONGEST_LOG = 100
LOG_KEPT = timedelta(days=33)
"""A delivery is forgotten after that: longer than the inbox knows its event, and than any tries."""
GONE = 410


class DeliveryStatus(StrEnum):
    """How far a delivery came."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the status that the endpoint answered, or why there is none."""

    at: datetime
    milliseconds: int
    status: int | None = None
    error: str | None = None
    # What the endpoint asks us to wait, in seconds.
    retry_after: int | None = None

    @property
    def taken(self) -> bool:
        """True when the endpoint said 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Delivery:
    """`tries` counts the claims since it was last begun, crashes included."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    created_at: datetime
    due_at: datetime
    gives_up_at: datetime
    status: DeliveryStatus = DeliveryStatus.PENDING
    tries: int = 0
    delivered_at: datetime | None = None
    log: list[Attempt] = field(default_factory=list)

    @property
    def begun_at(self) -> datetime:
        """Since when it is tried: since it was made, or was begun again."""
        return self.gives_up_at - PATIENCE

    def record(self, attempt: Attempt, now: datetime, jitter: float) -> None:
        """Writes a try down and decides what follows; `jitter` is from 0 to 1."""
        self.log = [*self.log, attempt][-LONGEST_LOG:]
        if attempt.taken:
            self.status, self.delivered_at = DeliveryStatus.DELIVERED, now
        elif attempt.status == GONE or now >= self.gives_up_at:
            self.status = DeliveryStatus.FAILED
        else:
            wait = timedelta(seconds=attempt.retry_after or 0)
            pause = max(pause_after(self.tries, jitter), min(wait, LONGEST_PAUSE))
            # The last try is at the very end.
            self.due_at = min(now + pause, self.gives_up_at)

    def begin_again(self, now: datetime) -> None:
        """Sends it again at once, and for three days if need be."""
        self.status, self.tries = DeliveryStatus.PENDING, 0
        self.due_at, self.gives_up_at = now, now + PATIENCE


def pause_after(tries: int, jitter: float) -> timedelta:
    """Returns half to all of 5, 10, 20… seconds, of four hours at most."""
    doublings = min(max(tries - 1, 0), 20)
    whole: timedelta = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return whole * (1 + jitter) / 2
