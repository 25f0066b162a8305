"""The reads of the API, straight from SQL; implements `application.queries.Queries`.

Lists are keyset pages: each starts behind the last key that the client saw, which an index
finds at once, however far the client has read.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from inventory.adapters.adjustment_repository import to_adjustment
from inventory.adapters.tables import adjustments, movements, stock
from inventory.application.queries import MovementView, StockView
from inventory.domain.adjustment import Adjustment
from inventory.domain.stock import MovementKind

_STOCK = select(stock.c.sku, stock.c.available, stock.c.reserved, stock.c.sold, stock.c.returned)


class SqlQueries:
    """Each read is a connection from the pool and one statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def stock(self, sku: str) -> StockView | None:
        """Returns one SKU's buckets, or None."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_STOCK.where(stock.c.sku == sku))).one_or_none()
        return StockView(*row) if row else None

    async def stocks(self, after: str, limit: int) -> Sequence[StockView]:
        """Returns up to `limit` SKUs behind `after`, in order of the SKU."""
        page = _STOCK.where(stock.c.sku > after).order_by(stock.c.sku).limit(limit)
        async with self._engine.connect() as connection:
            return [StockView(*row) for row in await connection.execute(page)]

    async def movements(self, sku: str, after: int, limit: int) -> Sequence[MovementView]:
        """Returns up to `limit` movements of a SKU behind the id `after`, oldest first."""
        page = (
            select(movements)
            .where(movements.c.sku == sku, movements.c.id > after)
            .order_by(movements.c.id)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(page)
            return [
                MovementView(
                    id=row.id,
                    kind=MovementKind(row.kind),
                    available=row.available,
                    reserved=row.reserved,
                    sold=row.sold,
                    returned=row.returned,
                    cause=row.cause,
                    made_at=row.made_at,
                )
                for row in rows
            ]

    async def adjustment(self, adjustment_id: UUID) -> Adjustment | None:
        """Returns one adjustment with its lines, or None."""
        statement = select(adjustments).where(adjustments.c.id == adjustment_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return to_adjustment(row) if row else None
