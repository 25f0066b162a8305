"""What the warehouse reads: stock, its movements and past adjustments.

Reads skip the domain: `adapters/queries.py` answers this port straight from SQL, and the API's
routes turn the views into JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from inventory.domain.adjustment import Adjustment
from inventory.domain.errors import AdjustmentNotFound, StockNotFound
from inventory.domain.stock import MovementKind


@dataclass(frozen=True, slots=True)
class StockView:
    """One SKU's buckets, in units."""

    sku: str
    available: int
    reserved: int
    sold: int
    returned: int


@dataclass(frozen=True, slots=True)
class MovementView:
    """One change, in units for each bucket. `id` grows with time within a SKU."""

    id: int
    kind: MovementKind
    available: int
    reserved: int
    sold: int
    returned: int
    cause: UUID
    made_at: datetime


class Queries(Protocol):
    """The reads; each list is in key order and starts behind `after`."""

    async def stock(self, sku: str) -> StockView | None: ...

    async def stocks(self, after: str, limit: int) -> Sequence[StockView]: ...

    async def movements(self, sku: str, after: int, limit: int) -> Sequence[MovementView]: ...

    async def adjustment(self, adjustment_id: UUID) -> Adjustment | None: ...


async def read_stock(sku: str, queries: Queries) -> StockView:
    """Returns one SKU's stock. Raises StockNotFound."""
    stock = await queries.stock(sku)
    if stock is None:
        raise StockNotFound(sku)
    return stock


async def list_movements(
    sku: str, after: int, limit: int, queries: Queries
) -> Sequence[MovementView]:
    """Returns a SKU's movements, oldest first. Raises StockNotFound."""
    await read_stock(sku, queries)
    return await queries.movements(sku, after, limit)


async def read_adjustment(adjustment_id: UUID, queries: Queries) -> Adjustment:
    """Returns one adjustment. Raises AdjustmentNotFound."""
    adjustment = await queries.adjustment(adjustment_id)
    if adjustment is None:
        raise AdjustmentNotFound(adjustment_id)
    return adjustment
