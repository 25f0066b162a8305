"""Promotions and the counts of their uses in PostgreSQL, inside one transaction.

A use is counted by one conditional statement, in the order of promotions and customers, so that
no limit is passed and no two orders deadlock, however many are placed at once.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.adapters.offers import from_benefit, to_promotion
from orders.adapters.tables import promotions
from orders.domain.errors import CodeTaken, PromotionNotFound, TooManyAutomatic
from orders.domain.order import Order
from orders.domain.promotions import MAX_AUTOMATIC, Promotion, PromotionUsedUp

# Both counts are kept for every limited promotion, so that a limit may be set or moved later.
_TAKE = text("""
WITH wanted AS (
    SELECT promotion.id, counted.customer, counted.most
    FROM promotions AS promotion CROSS JOIN LATERAL (
        VALUES ('', promotion.max_uses),
            (CAST(:customer AS text), promotion.max_uses_per_customer)
    ) AS counted (customer, most)
    WHERE promotion.id = ANY(CAST(:ids AS uuid[])) AND counted.customer IS NOT NULL
), taken AS (
    INSERT INTO promotion_uses AS uses (promotion_id, customer, used, most)
    SELECT id, customer, 1, most FROM wanted ORDER BY id, customer
    ON CONFLICT (promotion_id, customer) DO UPDATE
    SET used = uses.used + 1, most = excluded.most
    WHERE excluded.most IS NULL OR uses.used < excluded.most
    RETURNING promotion_id
)
SELECT (SELECT count(*) FROM wanted) = (SELECT count(*) FROM taken)
""")
_GIVE_BACK = text("""
INSERT INTO promotion_uses AS uses (promotion_id, customer, used)
SELECT id, customer, used FROM unnest(
    CAST(:ids AS uuid[]), CAST(:customers AS text[]), CAST(:counts AS integer[])
) AS back (id, customer, used)
ORDER BY id, customer
ON CONFLICT (promotion_id, customer) DO UPDATE SET used = uses.used - excluded.used
""")
_LOCK_AUTOMATIC = text("SELECT pg_advisory_xact_lock(hashtext('promotions.automatic'))")


class PromotionRepository:
    """The port `Promotions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, promotion: Promotion, now: datetime) -> None:
        """See `Promotions.add`."""
        await self._must_leave_room(promotion, now)
        values = _values(promotion) | {"id": promotion.id}
        added = postgresql_insert(promotions).values(values).on_conflict_do_nothing()
        if (await self._connection.execute(added.returning(promotions.c.id))).first() is None:
            raise CodeTaken(str(promotion.code))

    async def get(self, promotion_id: UUID) -> Promotion:
        """See `Promotions.get`."""
        query = select(promotions).where(promotions.c.id == promotion_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise PromotionNotFound
        return to_promotion(dict(row))

    async def save(self, promotion: Promotion, now: datetime) -> None:
        """See `Promotions.save`."""
        await self._must_leave_room(promotion, now)
        changed = replace(promotion, version=promotion.version + 1)
        statement = update(promotions).where(promotions.c.id == promotion.id)
        await self._connection.execute(statement.values(_values(changed)))

    async def take(self, ids: Collection[UUID], customer_id: str | None) -> None:
        """See `PromotionUses.take`."""
        values = {"ids": list(ids), "customer": customer_id}
        if not (await self._connection.execute(_TAKE, values)).scalar_one():
            raise PromotionUsedUp

    async def give_back(self, orders: Iterable[Order]) -> None:
        """Uncounts what these orders used; they ended before anything was sent."""
        counts: Counter[tuple[UUID, str]] = Counter()
        for order in orders:
            customers = {"", order.purchase.owner.customer_id or ""}
            used = [each.id for each in order.bill.promotions if each.is_limited]
            counts.update((id, customer) for id in used for customer in customers)
        if counts:
            ids, customers_ = zip(*counts, strict=True)
            values = {
                "ids": list(ids),
                "customers": list(customers_),
                "counts": list(counts.values()),
            }
            await self._connection.execute(_GIVE_BACK, values)

    async def _must_leave_room(self, promotion: Promotion, now: datetime) -> None:
        if promotion.code is not None or promotion.has_ended(now):
            return
        # Whoever else begins one counts after this transaction.
        await self._connection.execute(_LOCK_AUTOMATIC)
        over = promotions.c.ends_at <= func.greatest(promotions.c.starts_at, now)
        running = promotions.c.ends_at.is_(None) | ~over
        others = promotions.c.code.is_(None) & (promotions.c.id != promotion.id)
        query = select(func.count()).where(others, running)
        if (await self._connection.execute(query)).scalar_one() >= MAX_AUTOMATIC:
            raise TooManyAutomatic(MAX_AUTOMATIC)


def _values(promotion: Promotion) -> dict[str, Any]:
    minimum = promotion.minimum_subtotal
    return {
        "name": promotion.name,
        "code": promotion.code,
        "benefit": from_benefit(promotion.benefit),
        "skus": sorted(promotion.skus),
        "minimum_subtotal": minimum.amount if minimum else None,
        "minimum_currency": minimum.currency if minimum else None,
        "starts_at": promotion.starts_at,
        "ends_at": promotion.ends_at,
        "exclusive": promotion.exclusive,
        "stacking_group": promotion.group,
        "max_uses": promotion.limit,
        "max_uses_per_customer": promotion.limit_per_customer,
        "version": promotion.version,
    }
