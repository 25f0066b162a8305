"""Promotions in a dictionary, with the counts of their uses, for a shop in memory.

Uses that a transaction counted are forgotten with it. Races are not imitated: tests of limits
under concurrency use the real database.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from orders.domain.cart import Cart
from orders.domain.errors import CodeTaken, PromotionNotFound, TooManyAutomatic
from orders.domain.order import Order
from orders.domain.promotions import MAX_AUTOMATIC, Offered, Promotion, PromotionUsedUp


class MemoryPromotions:
    """The ports of promotions, their uses and queries; `stored` and `uses` are committed."""

    def __init__(self) -> None:
        self.stored: dict[UUID, Promotion] = {}
        self.uses: Counter[tuple[UUID, str]] = Counter()
        self._working: dict[UUID, Promotion] = {}
        self._taken: Counter[tuple[UUID, str]] = Counter()

    def put(self, *promotions: Promotion) -> None:
        """Stores promotions, as if a merchandiser had made them."""
        self.stored |= {promotion.id: promotion for promotion in promotions}

    def offered(self, cart: Cart, now: datetime) -> Sequence[Offered]:
        """Returns what a cart may use, with the uses so far."""
        customer = cart.owner.customer_id or ""
        return [
            Offered(p, self.uses[p.id, ""], self.uses[p.id, customer])
            for p in self.stored.values()
            if p.code in cart.codes or (p.code is None and _runs(p, now))
        ]

    async def add(self, promotion: Promotion, now: datetime) -> None:
        """See `Promotions.add`."""
        others = self.stored.values()
        if promotion.code is not None and promotion.code in {p.code for p in others}:
            raise CodeTaken(promotion.code)
        self._must_leave_room(promotion, now)
        self._working[promotion.id] = promotion

    async def get(self, promotion_id: UUID) -> Promotion:
        """See `Promotions.get`."""
        return (await self.read(promotion_id)).promotion

    async def save(self, promotion: Promotion, now: datetime) -> None:
        """See `Promotions.save`."""
        self._must_leave_room(promotion, now)
        self._working[promotion.id] = replace(promotion, version=promotion.version + 1)

    async def take(self, ids: Collection[UUID], customer_id: str | None) -> None:
        """See `PromotionUses.take`."""
        for promotion in (self.stored[each] for each in ids):
            limits = {"": promotion.limit, customer_id: promotion.limit_per_customer}
            for customer, most in limits.items():
                if customer is None:
                    continue
                if most is not None and self.uses[promotion.id, customer] >= most:
                    self._taken.clear()
                    raise PromotionUsedUp
                self._taken[promotion.id, customer] += 1

    async def read(self, promotion_id: UUID) -> Offered:
        """See `PromotionQueries.read`."""
        if promotion_id not in self.stored:
            raise PromotionNotFound
        return Offered(self.stored[promotion_id], self.uses[promotion_id, ""])

    async def page(self, before: UUID | None, limit: int) -> Sequence[Offered]:
        """See `PromotionQueries.page`."""
        ids = sorted((id for id in self.stored if before is None or id < before), reverse=True)
        return [await self.read(each) for each in ids[:limit]]

    def commit(self, ended: Iterable[Order]) -> None:
        """Makes the transaction count, and gives back what orders that ended had used."""
        self.stored |= self._working
        self.uses.update(self._taken)
        for order in ended:
            for promotion in (p for p in order.bill.promotions if p.is_limited):
                for customer in {"", order.purchase.owner.customer_id or ""}:
                    self.uses[promotion.id, customer] -= 1
        self.roll_back()

    def roll_back(self) -> None:
        """Forgets the transaction."""
        self._working = {}
        self._taken.clear()

    def _must_leave_room(self, promotion: Promotion, now: datetime) -> None:
        running = [p.id for p in self.stored.values() if p.code is None and not p.has_ended(now)]
        others = [each for each in running if each != promotion.id]
        if promotion.code is None and not promotion.has_ended(now) and len(others) >= MAX_AUTOMATIC:
            raise TooManyAutomatic(MAX_AUTOMATIC)


def _runs(promotion: Promotion, now: datetime) -> bool:
    return promotion.starts_at <= now and not promotion.has_ended(now)
