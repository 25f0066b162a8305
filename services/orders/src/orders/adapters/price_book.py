"""The read model of prices in PostgreSQL, inside one transaction.

Announcements of one batch are gathered and written by three statements at most. Each row keeps
the sequence of the announcement that it shows; only a newer one changes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Row, Select, Text, any_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.adapters.tables import prices
from orders.domain.money import Money
from orders.domain.pricing import Price

# A SKU that another product had is taken over only once that product is off sale.
_PUT = text("""
INSERT INTO prices (sku, product_id, name, amount, currency, withdrawn, sequence)
SELECT sku, product_id, name, amount, currency, false, sequence
FROM unnest(
    CAST(:skus AS text[]), CAST(:products AS uuid[]), CAST(:names AS text[]),
    CAST(:amounts AS bigint[]), CAST(:currencies AS text[]), CAST(:sequences AS bigint[])
) AS new (sku, product_id, name, amount, currency, sequence)
ON CONFLICT (sku) DO UPDATE
SET product_id = excluded.product_id, name = excluded.name, amount = excluded.amount,
    currency = excluded.currency, withdrawn = false, sequence = excluded.sequence
WHERE CASE WHEN prices.product_id = excluded.product_id
    THEN prices.sequence < excluded.sequence ELSE prices.withdrawn END
""")
_CHANGE = text("""
UPDATE prices SET amount = new.amount, currency = new.currency, sequence = new.sequence
FROM unnest(
    CAST(:skus AS text[]), CAST(:products AS uuid[]), CAST(:amounts AS bigint[]),
    CAST(:currencies AS text[]), CAST(:sequences AS bigint[])
) AS new (sku, product_id, amount, currency, sequence)
WHERE prices.sku = new.sku AND prices.product_id = new.product_id
    AND prices.sequence < new.sequence
""")
# What a product no longer lists still has an older sequence than the product has now.
_WITHDRAW = text("""
UPDATE prices SET withdrawn = true, sequence = new.sequence
FROM unnest(CAST(:products AS uuid[]), CAST(:sequences AS bigint[])) AS new (product_id, sequence)
WHERE prices.product_id = new.product_id AND prices.sequence < new.sequence
""")


@dataclass(frozen=True, slots=True)
class _Listed:
    product_id: UUID
    sequence: int
    price: Price


@dataclass(frozen=True, slots=True)
class _Changed:
    product_id: UUID
    sequence: int
    price: Money


_News = TypeVar("_News", _Listed, _Changed)


class SqlPriceBook:
    """The port `PriceBook`. The newest announcement of a batch counts for each SKU."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._listed: dict[str, _Listed] = {}
        self._changed: dict[str, _Changed] = {}
        self._products: dict[UUID, int] = {}

    async def of(self, skus: Iterable[str]) -> Mapping[str, Price]:
        """See `PriceBook.of`."""
        rows = await self._connection.execute(select_prices(skus))
        return {row.sku: to_price(row) for row in rows}

    def put_product(self, product_id: UUID, sequence: int, prices: Sequence[Price]) -> None:
        """See `PriceBook.put_product`."""
        self._products[product_id] = max(sequence, self._products.get(product_id, 0))
        for price in prices:
            _keep_newest(self._listed, price.sku, _Listed(product_id, sequence, price))

    def change_price(self, product_id: UUID, sku: str, sequence: int, price: Money) -> None:
        """See `PriceBook.change_price`."""
        _keep_newest(self._changed, sku, _Changed(product_id, sequence, price))

    async def write(self) -> None:
        """Writes what was gathered; in this order it comes to the same as one by one."""
        if self._listed:
            await self._connection.execute(_PUT, _listed_values(self._listed))
        if self._changed:
            await self._connection.execute(_CHANGE, _changed_values(self._changed))
        if self._products:
            products, sequences = list(self._products), list(self._products.values())
            values = {"products": products, "sequences": sequences}
            await self._connection.execute(_WITHDRAW, values)


def select_prices(skus: Iterable[str]) -> Select[Any]:
    """Selects the prices of those SKUs, for `to_price`."""
    wanted = bindparam(None, list(skus), type_=ARRAY(Text))
    return select(prices).where(prices.c.sku == any_(wanted))


def to_price(row: Row[Any]) -> Price:
    """Restores a price."""
    return Price(row.sku, row.name, Money(row.amount, row.currency), row.withdrawn)


def _keep_newest(kept: dict[str, _News], sku: str, news: _News) -> None:
    """The later of two with equal sequences stays, should there ever be such."""
    if sku not in kept or kept[sku].sequence <= news.sequence:
        kept[sku] = news


def _listed_values(listed: Mapping[str, _Listed]) -> dict[str, Any]:
    moneys = [one.price.unit_price for one in listed.values()]
    return {
        "skus": list(listed),
        "products": [one.product_id for one in listed.values()],
        "names": [one.price.name for one in listed.values()],
        "amounts": [money.amount for money in moneys],
        "currencies": [money.currency for money in moneys],
        "sequences": [one.sequence for one in listed.values()],
    }


def _changed_values(changed: Mapping[str, _Changed]) -> dict[str, Any]:
    return {
        "skus": list(changed),
        "products": [one.product_id for one in changed.values()],
        "amounts": [one.price.amount for one in changed.values()],
        "currencies": [one.price.currency for one in changed.values()],
        "sequences": [one.sequence for one in changed.values()],
    }
