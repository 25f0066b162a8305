"""Which replicas get no requests for a while: those that fail while others do not.

Five failures in a row send a replica away, longer each time, but never more than half of them
(Envoy's outlier detection). A refused connection skips its replica at once, since that is dead
for certain. Used by `cluster.py`; the state lives in each `ReplicaPool`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FAILURES_IN_A_ROW = 5
FIRST_REST_SECONDS = 5.0
LONGEST_REST_SECONDS = 60.0
SKIP_SECONDS = 3.0
MOST_AWAY_SHARE = 0.5


@dataclass(slots=True)
class Standing:
    """How a replica did lately; `away_until` is in the loop's time."""

    away_until: float = 0.0
    failures: int = 0
    ejections: int = 0

    def answered(self, now: float) -> None:
        """It gave an answer that is no server error."""
        if self.failures:
            self.failures = 0
        if self.ejections and now > self.away_until + FIRST_REST_SECONDS:
            self.ejections = 0

    def refused(self, now: float) -> None:
        """It accepted no connection."""
        self.away_until = now + SKIP_SECONDS

    def accepted(self) -> None:
        """It accepted one, so what kept it away is over unless it failed otherwise."""
        if not self.ejections:
            self.away_until = 0.0


def failed(standing: Standing, others: Sequence[Standing], now: float) -> None:
    """Count a failure against a replica, and send it away when it is the odd one out."""
    standing.failures += 1
    if standing.failures < FAILURES_IN_A_ROW or standing.away_until > now:
        return
    away = sum(other.away_until > now for other in others)
    well = any(other.failures == 0 and other.away_until <= now for other in others)
    if not well or away + 1 > MOST_AWAY_SHARE * (len(others) + 1):
        return
    rest = FIRST_REST_SECONDS * 2**standing.ejections
    standing.away_until = now + min(rest, LONGEST_REST_SECONDS)
    standing.ejections += 1
    # One more failure after its return sends it away again.
    standing.failures = FAILURES_IN_A_ROW - 1
