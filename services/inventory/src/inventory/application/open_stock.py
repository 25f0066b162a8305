"""A SKU that enters the catalogue gets a stock record with nothing in it.

Called by the consumer of `catalog.events`. A withdrawn product keeps its stock: the goods are
still in the warehouse.
"""

from collections.abc import Iterable

from inventory.domain.ports import UnitOfWork


async def open_stock(skus: Iterable[str], uow: UnitOfWork) -> None:
    """Makes the records that are missing; those that exist stay as they are."""
    uow.stocks.open(skus)
