"""A promotion: what it gives, to whom, when, how often, and beside which others.

quote.py asks each whether it may be used on a cart at all; combination.py then finds the best
legal set of those that may. The merchandiser's use cases make and change them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from orders.domain.errors import InvalidPromotion
from orders.domain.money import Money

# So that finding the best combination stays cheap, and a total easy to explain.
MAX_CODES = 5
MAX_AUTOMATIC = 5


@dataclass(frozen=True, slots=True)
class Percentage:
    """So many per cent, 1 to 100, off what the goods still cost."""

    percent: int


@dataclass(frozen=True, slots=True)
class FixedAmount:
    """So much off, but never more than the goods still cost."""

    amount: Money


@dataclass(frozen=True, slots=True)
class BuyAndGet:
    """Of each `buy` + `free` units, taken together, as many as `free` cost nothing.

    Counted over all the units that qualify; the cheapest are the free ones.
    """

    buy: int
    free: int


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """The delivery costs nothing, whatever the method."""


class PromotionUsedUp(Exception):
    """Others had the last uses since the cart was priced."""


Benefit = Percentage | FixedAmount | BuyAndGet | FreeShipping


class Refusal(StrEnum):
    """Why a code does nothing for a cart as it is now."""

    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    USED_UP = "used_up"
    USED_BEFORE = "used_before"
    ACCOUNT_REQUIRED = "account_required"
    BELOW_MINIMUM = "below_minimum"
    NOTHING_QUALIFIES = "nothing_qualifies"
    NOT_COMBINED = "not_combined"


@dataclass(frozen=True, slots=True)
class Promotion:
    """`code` None applies by itself; `skus` empty means all goods; times None have no end.

    Of one `group` a single promotion counts on an order; one that is `exclusive` counts alone.
    `limit` is how many orders may use it, `limit_per_customer` how many of one account. Raises
    InvalidPromotion when it contradicts itself.
    """

    id: UUID
    name: str
    benefit: Benefit
    starts_at: datetime
    code: str | None = None
    skus: frozenset[str] = frozenset()
    minimum_subtotal: Money | None = None
    ends_at: datetime | None = None
    exclusive: bool = False
    group: str | None = None
    limit: int | None = None
    limit_per_customer: int | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if self.ends_at is not None and self.ends_at < self.starts_at:
            raise InvalidPromotion("A promotion does not end before it starts.")
        if self.exclusive and self.group is not None:
            raise InvalidPromotion("A promotion that counts alone is in no group.")

    @property
    def is_limited(self) -> bool:
        """True when its uses are counted."""
        return self.limit is not None or self.limit_per_customer is not None

    def has_ended(self, now: datetime) -> bool:
        """True when it counts for no cart any more; what ended before it began never will."""
        return self.ends_at is not None and self.ends_at <= max(now, self.starts_at)


@dataclass(frozen=True, slots=True)
class Offered:
    """A promotion, and how many orders used it: in all, and of the account that asks."""

    promotion: Promotion
    used: int = 0
    used_by_customer: int = 0

    def refusal(self, subtotal: Money, now: datetime, *, is_guest: bool) -> Refusal | None:
        """Returns why it may not be used on goods of this subtotal; None when it may."""
        promotion = self.promotion
        minimum = promotion.minimum_subtotal
        if promotion.has_ended(now):
            return Refusal.ENDED
        if now < promotion.starts_at:
            return Refusal.NOT_STARTED
        if promotion.limit is not None and self.used >= promotion.limit:
            return Refusal.USED_UP
        if promotion.limit_per_customer is not None:
            if is_guest:
                return Refusal.ACCOUNT_REQUIRED
            if self.used_by_customer >= promotion.limit_per_customer:
                return Refusal.USED_BEFORE
        if minimum is not None and not subtotal.covers(minimum):
            return Refusal.BELOW_MINIMUM
        return None


@dataclass(frozen=True, slots=True)
class AppliedPromotion:
    """What a promotion took off an order; `is_limited` says that its use was counted."""

    id: UUID
    name: str
    code: str | None
    discount: Money
    is_limited: bool = False
