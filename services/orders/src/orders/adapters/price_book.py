"""The read model of prices in PostgreSQL, inside one transaction.

A row is one SKU of one product, with the sequence of the announcement that it shows; only a newer
one of that product changes it. So the order in which partitions deliver does not matter, and a
batch is gathered and written by three statements at most.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.adapters.tables import prices
from orders.domain.money import Money
from orders.domain.pricing import Price

_PUT = text("""
INSERT INTO prices (
    sku, product_id, name, amount, currency, withdrawn, sequence, weight_grams
)
SELECT sku, product_id, name, amount, currency, false, sequence, weight_grams
FROM unnest(
    CAST(:skus AS text[]), CAST(:products AS uuid[]), CAST(:names AS text[]),
    CAST(:amounts AS bigint[]), CAST(:currencies AS text[]), CAST(:sequences AS bigint[]),
    CAST(:weights AS integer[])
) AS new (sku, product_id, name, amount, currency, sequence, weight_grams)
ON CONFLICT (sku, product_id) DO UPDATE
SET name = excluded.name, amount = excluded.amount, currency = excluded.currency,
    withdrawn = false, sequence = excluded.sequence, weight_grams = excluded.weight_grams
WHERE prices.sequence < excluded.sequence
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


# One row a SKU: that of the product which sells it now.
NEWEST_PRICES = (
    select(prices)
    .ext(distinct_on(prices.c.sku))
    .order_by(prices.c.sku, prices.c.withdrawn, prices.c.product_id.desc())
)
# The prices of :skus, for `to_price`.
PRICES_OF = NEWEST_PRICES.where(prices.c.sku == any_(bindparam("skus", type_=ARRAY(Text))))

_Key = tuple[str, UUID]
_News = TypeVar("_News", Price, Money)


class SqlPriceBook:
    """The port `PriceBook`. The newest announcement of a batch counts for each SKU."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._listed: dict[_Key, tuple[int, Price]] = {}
        self._changed: dict[_Key, tuple[int, Money]] = {}
        self._products: dict[UUID, int] = {}

    def put_product(self, product_id: UUID, sequence: int, prices: Sequence[Price]) -> None:
        """See `PriceBook.put_product`."""
        self._products[product_id] = max(sequence, self._products.get(product_id, 0))
        for price in prices:
            _keep_newest(self._listed, (price.sku, product_id), sequence, price)

    def change_price(self, product_id: UUID, sku: str, sequence: int, price: Money) -> None:
        """See `PriceBook.change_price`."""
        _keep_newest(self._changed, (sku, product_id), sequence, price)

    async def write(self) -> None:
        """Writes what was gathered; in this order it comes to the same as one by one."""
        if self._listed:
            moneys = [price.unit_price for _, price in self._listed.values()]
            names = [price.name for _, price in self._listed.values()]
            weights = [price.weight_grams for _, price in self._listed.values()]
            values = _columns(self._listed, moneys) | {"names": names, "weights": weights}
            await self._connection.execute(_PUT, values)
        if self._changed:
            moneys = [money for _, money in self._changed.values()]
            await self._connection.execute(_CHANGE, _columns(self._changed, moneys))
        if self._products:
            products, sequences = list(self._products), list(self._products.values())
            values = {"products": products, "sequences": sequences}
            await self._connection.execute(_WITHDRAW, values)


def _keep_newest(
    kept: dict[_Key, tuple[int, _News]], key: _Key, sequence: int, news: _News
) -> None:
    if key not in kept or kept[key][0] < sequence:
        kept[key] = (sequence, news)


def _columns(news: Mapping[_Key, tuple[int, Any]], moneys: Sequence[Money]) -> dict[str, Any]:
    return {
        "skus": [sku for sku, _ in news],
        "products": [product_id for _, product_id in news],
        "amounts": [money.amount for money in moneys],
        "currencies": [money.currency for money in moneys],
        "sequences": [sequence for sequence, _ in news.values()],
    }
