"""When a signing key is published, signs, and goes: so that no verifier ever misses one.

A new key is in the JWK set for one cache time before it signs; the one before it stays until its
last token has expired. `rotate_keys` plans with it, `key_store` chooses by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# For how long others may keep our JWK set (its Cache-Control says so).
CACHE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """`ahead` is from publishing to signing, `after` from the last signature to the end."""

    ahead: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The life of one signing key. Without an end nothing has replaced it yet."""

    kid: str
    signs_from: datetime
    verifies_until: datetime | None = None

    def is_published(self, now: datetime) -> bool:
        """True until the last token that it signed has expired."""
        return self.verifies_until is None or now < self.verifies_until


class RotationUnderWay(Exception):
    """The newest key does not sign yet, so that another one would be one too many."""

    def __init__(self, kid: str, signs_from: datetime) -> None:
        super().__init__(f"The key {kid} is published and will sign from {signs_from:%H:%M:%S} on.")
        self.kid, self.signs_from = kid, signs_from


def signer_of(plans: Sequence[KeyPlan], now: datetime) -> KeyPlan:
    """Returns the newest key that may sign; of a single one it is never too early."""
    ready = [plan for plan in plans if plan.signs_from <= now]
    return max(ready or plans, key=lambda plan: (plan.signs_from, plan.kid))


def is_due(plans: Sequence[KeyPlan], lifetime: timedelta, now: datetime) -> bool:
    """True when the newest key has signed for a lifetime."""
    return max(plan.signs_from for plan in plans) + lifetime <= now


def succeed(
    plans: Sequence[KeyPlan], kid: str, times: KeyTimes, now: datetime
) -> tuple[KeyPlan, list[KeyPlan]]:
    """Returns the plan of a new key, and the plans of the others that now have an end.

    Raises RotationUnderWay.
    """
    newest = max(plans, key=lambda plan: plan.signs_from)
    if newest.signs_from > now:
        raise RotationUnderWay(newest.kid, newest.signs_from)
    signs_from = now + times.ahead
    ends = signs_from + times.after
    ending = [replace(plan, verifies_until=ends) for plan in plans if plan.verifies_until is None]
    return KeyPlan(kid, signs_from), ending
