"""What the catalogue announces, kept as this service's own prices.

Bootstrap starts it as a consumer group of its own, so that the read model can be rebuilt alone.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from chassis.delivery import Handler
from chassis.envelope import Event
from orders.application.ports import UnitOfWork
from orders.application.record_prices import record_price, record_product, record_withdrawal
from orders.consumers.reading import Amount
from orders.domain.pricing import Price

TOPIC = "catalog.events"


class Variant(BaseModel):
    """A SKU of a product; not every one has a weight."""

    sku: str
    name: str
    price: Amount
    weight_grams: int | None = None

    def known(self) -> Price:
        """Returns the domain's value."""
        money = self.price.money()
        return Price(self.sku, self.name, money, weight_grams=self.weight_grams)


class Product(BaseModel):
    """A product as it is now, whole."""

    product_id: UUID
    variants: list[Variant]


class PriceChanged(BaseModel):
    """A SKU's new price."""

    product_id: UUID
    sku: str
    new_price: Amount


class Withdrawn(BaseModel):
    """A product that is no longer sold."""

    product_id: UUID


async def product_announced(event: Event, uow: UnitOfWork) -> None:
    """Takes the names and prices of all its SKUs."""
    data = event.parse(Product)
    prices = [variant.known() for variant in data.variants]
    record_product(data.product_id, event.sequence, prices, uow)


async def price_changed(event: Event, uow: UnitOfWork) -> None:
    """Takes one SKU's price."""
    data = event.parse(PriceChanged)
    record_price(data.product_id, data.sku, event.sequence, data.new_price.money(), uow)


async def product_withdrawn(event: Event, uow: UnitOfWork) -> None:
    """Takes all its SKUs off sale."""
    record_withdrawal(event.parse(Withdrawn).product_id, event.sequence, uow)


HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "catalog.product_created.v1": product_announced,
    "catalog.product_changed.v1": product_announced,
    "catalog.price_changed.v1": price_changed,
    "catalog.product_withdrawn.v1": product_withdrawn,
}
