"""Keeps this service's own prices as the catalogue announces them. Called by a consumer.

An older announcement never overwrites a newer one, so duplicates and replays are harmless.
"""

from collections.abc import Sequence
from uuid import UUID

from orders.application.ports import UnitOfWork
from orders.domain.money import Money
from orders.domain.pricing import Price


def record_product(
    product_id: UUID, sequence: int, prices: Sequence[Price], uow: UnitOfWork
) -> None:
    """Takes a product as it now is; SKUs that it no longer lists can no longer be ordered."""
    uow.prices.put_product(product_id, sequence, prices)


def record_withdrawal(product_id: UUID, sequence: int, uow: UnitOfWork) -> None:
    """Takes every SKU of the product off sale."""
    uow.prices.put_product(product_id, sequence, ())


def record_price(product_id: UUID, sku: str, sequence: int, price: Money, uow: UnitOfWork) -> None:
    """Takes one SKU's new price."""
    uow.prices.change_price(product_id, sku, sequence, price)
