"""Reads of promotions for the merchandiser: SQL straight to what the API shows.

They run outside any transaction, one statement each.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from orders.adapters.offers import to_promotion
from orders.adapters.tables import promotion_uses, promotions
from orders.domain.errors import PromotionNotFound
from orders.domain.promotions import Offered

_TOTAL = (promotion_uses.c.promotion_id == promotions.c.id) & (promotion_uses.c.customer == "")
_OFFERED: Select[Any] = select(
    *promotions.c, func.coalesce(promotion_uses.c.used, 0).label("used")
).select_from(promotions.outerjoin(promotion_uses, _TOTAL))


class SqlPromotionQueries:
    """The port `PromotionQueries`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, promotion_id: UUID) -> Offered:
        """See `PromotionQueries.read`."""
        query = _OFFERED.where(promotions.c.id == promotion_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise PromotionNotFound
        return _offered(row)

    async def page(self, before: UUID | None, limit: int) -> Sequence[Offered]:
        """See `PromotionQueries.page`. Ids are UUIDv7, so their order is that of making."""
        query = _OFFERED.order_by(promotions.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(promotions.c.id < before)
        async with self._engine.connect() as connection:
            return [_offered(row) for row in (await connection.execute(query)).mappings()]


def _offered(row: RowMapping) -> Offered:
    return Offered(to_promotion(dict(row)), row["used"])
