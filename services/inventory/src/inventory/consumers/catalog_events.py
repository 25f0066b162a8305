"""Handlers of `catalog.events`: each SKU of the catalogue gets a stock record.

Products and prices are nothing to inventory. A withdrawn product has no handler: its goods are
still there, and orders under way still need them.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from chassis.delivery import Handler
from chassis.envelope import Event
from inventory.application.open_stock import open_stock
from inventory.consumers.unit_of_work import ConsumedUnitOfWork

TOPIC = "catalog.events"


class Variant(BaseModel):
    """One SKU of a product."""

    sku: Annotated[str, Field(pattern=r"^[0-9]{5}[A-Z]*$")]


class Product(BaseModel):
    """The data of `catalog.product_created.v1` and `catalog.product_changed.v1`."""

    variants: list[Variant]


def handlers() -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by event type."""

    async def open_skus(event: Event, uow: ConsumedUnitOfWork) -> None:
        await open_stock((variant.sku for variant in event.parse(Product).variants), uow)

    return {
        "catalog.product_created.v1": open_skus,
        "catalog.product_changed.v1": open_skus,
    }
