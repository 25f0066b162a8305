"""Reads of orders and prices: SQL straight to the views that the API shows.

They run outside any transaction, one statement each.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from orders.adapters import rows
from orders.adapters.later_life import LATER_LIFE, account, fulfilment
from orders.adapters.offers import OFFERS, to_offers, to_price, wanted
from orders.adapters.price_book import NEWEST_PRICES, PRICES_OF
from orders.adapters.tables import orders, prices
from orders.application.order_views import OrderSummary, OrderView
from orders.application.ports import OrderFilter
from orders.application.price_views import PriceView
from orders.domain.cart import Cart
from orders.domain.errors import OrderNotFound
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.owner import Owner
from orders.domain.pricing import Price
from orders.domain.quote import Offers

_ORDER: Select[Any] = select(orders, rows.LINES, *LATER_LIFE).where(
    orders.c.id == bindparam("order_id")
)


class SqlOrderQueries:
    """The port `OrderQueries`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, order_id: UUID) -> OrderView:
        """See `OrderQueries.read`."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ORDER, {"order_id": order_id})).one_or_none()
        if row is None:
            raise OrderNotFound
        return _view(row)

    async def page(
        self, wanted: OrderFilter, before: UUID | None, limit: int
    ) -> Sequence[OrderSummary]:
        """See `OrderQueries.page`. Ids are UUIDv7, so their order is the order of placing."""
        query = _filtered(wanted).order_by(orders.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(orders.c.id < before)
        async with self._engine.connect() as connection:
            return [_summary(row) for row in await connection.execute(query)]


class SqlPriceQueries:
    """The port `PriceQueries`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def offers(self, cart: Cart, now: datetime) -> Offers:
        """See `PriceQueries.offers`."""
        async with self._engine.connect() as connection:
            return to_offers(await connection.execute(OFFERS, wanted(cart, now)))

    async def of(self, skus: Iterable[str]) -> Mapping[str, Price]:
        """See `PriceQueries.of`."""
        async with self._engine.connect() as connection:
            found = await connection.execute(PRICES_OF, {"skus": list(skus)})
            return {row.sku: to_price(row) for row in found}

    async def page(self, after: str | None, limit: int) -> Sequence[PriceView]:
        """See `PriceQueries.page`."""
        query = NEWEST_PRICES.limit(limit)
        if after is not None:
            query = query.where(prices.c.sku > after)
        async with self._engine.connect() as connection:
            return [_price_view(row) for row in await connection.execute(query)]


def _filtered(wanted: OrderFilter) -> Select[Any]:
    query = select(orders)
    if wanted.owner is not None:
        query = query.where(orders.c.owner == str(wanted.owner))
    if wanted.status is not None:
        query = query.where(orders.c.status == wanted.status)
    if wanted.reference is not None:
        query = query.where(orders.c.reference == wanted.reference)
    if wanted.updated_after is not None:
        query = query.where(orders.c.updated_at > wanted.updated_after)
    return query


def _view(row: Row[Any]) -> OrderView:
    return OrderView(
        id=row.id,
        owner=Owner.parse(row.owner),
        status=Status(row.status),
        reference=row.reference,
        contact=rows.contact(row),
        address=rows.address(row),
        lines=rows.lines(row),
        bill=rows.bill(row),
        account=account(row),
        fulfilment=fulfilment(row),
        reason=rows.reason(row),
        shortages=rows.shortages(row),
        cancelled_by=rows.cancelled_by(row),
        version=row.version,
        placed_at=row.placed_at,
        updated_at=row.updated_at,
    )


def _summary(row: Row[Any]) -> OrderSummary:
    return OrderSummary(
        id=row.id,
        owner=Owner.parse(row.owner),
        status=Status(row.status),
        reference=row.reference,
        country=row.country,
        total=Money(row.amount, row.currency),
        version=row.version,
        placed_at=row.placed_at,
        updated_at=row.updated_at,
    )


def _price_view(row: Row[Any]) -> PriceView:
    money = Money(row.amount, row.currency)
    return PriceView(row.sku, row.name, money, row.withdrawn, row.sequence)
