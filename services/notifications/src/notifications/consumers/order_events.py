"""Handlers of `orders.events`: an order was confirmed, rejected or cancelled.

The models name only the fields that messages use; the contract tests hold them against
`contracts/events/orders/`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from chassis.delivery import Handler
from chassis.envelope import Event
from notifications.application.write_message import Cause, Notice, tell_about_order
from notifications.consumers.unit_of_work import ConsumedUnitOfWork
from notifications.domain.contact import Recipient
from notifications.domain.message import Template
from notifications.domain.order import Money, Order, OrderLine

TOPIC = "orders.events"


class Amount(BaseModel):
    """Minor units and the currency's code."""

    amount: Annotated[int, Field(strict=True)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def money(self) -> Money:
        """Returns it as the domain's."""
        return Money(self.amount, self.currency)


class GuestContact(BaseModel):
    """How a guest is reached."""

    email: Annotated[str, Field(min_length=3, max_length=320)]
    name: str


class Line(BaseModel):
    """One line of an order."""

    sku: str
    name: str
    quantity: int
    unit_price: Amount
    total: Amount


class OrderData(BaseModel):
    """The order as every event of it carries it."""

    order_id: UUID
    reference: str | None
    customer_id: UUID | None
    contact: GuestContact | None
    lines: list[Line]
    total: Amount
    country: str
    placed_at: AwareDatetime

    def order(self, version: int) -> Order:
        """Returns it as the domain's; `version` is the event's sequence."""
        return Order(
            order_id=self.order_id,
            version=version,
            reference=self.reference,
            customer_id=self.customer_id,
            guest=Recipient(self.contact.email, self.contact.name) if self.contact else None,
            lines=tuple(_line(line) for line in self.lines),
            total=self.total.money(),
            country=self.country,
            placed_at=self.placed_at,
        )


class OrderConfirmed(BaseModel):
    """The data of `orders.order_confirmed.v1`."""

    order: OrderData


class Shortage(BaseModel):
    """A SKU of which there was not enough."""

    sku: str
    requested: int
    available: int


class OrderRejected(BaseModel):
    """The data of `orders.order_rejected.v1`."""

    order: OrderData
    reason: str
    shortages: list[Shortage] = []

    def details(self) -> Mapping[str, object]:
        """Returns what the template shows; a shortage has its product's name."""
        names = {line.sku: line.name for line in self.order.lines}
        shortages = [
            {**shortage.model_dump(), "name": names.get(shortage.sku, shortage.sku)}
            for shortage in self.shortages
        ]
        return {"reason": self.reason, "shortages": shortages}


class OrderCancelled(BaseModel):
    """The data of `orders.order_cancelled.v1`."""

    order: OrderData
    cancelled_by: Literal["customer", "staff"]


def handlers(mail_domain: str) -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by event type."""

    async def tell(data: OrderData, notice: Notice, event: Event, uow: ConsumedUnitOfWork) -> None:
        cause = Cause(event.id, mail_domain)
        await tell_about_order(data.order(event.sequence), notice, cause, uow)

    async def confirmed(event: Event, uow: ConsumedUnitOfWork) -> None:
        data = event.parse(OrderConfirmed)
        await tell(data.order, Notice(Template.ORDER_CONFIRMED), event, uow)

    async def rejected(event: Event, uow: ConsumedUnitOfWork) -> None:
        data = event.parse(OrderRejected)
        await tell(data.order, Notice(Template.ORDER_REJECTED, data.details()), event, uow)

    async def cancelled(event: Event, uow: ConsumedUnitOfWork) -> None:
        data = event.parse(OrderCancelled)
        notice = Notice(Template.ORDER_CANCELLED, {"cancelled_by": data.cancelled_by})
        await tell(data.order, notice, event, uow)

    return {
        "orders.order_confirmed.v1": confirmed,
        "orders.order_rejected.v1": rejected,
        "orders.order_cancelled.v1": cancelled,
    }


def _line(line: Line) -> OrderLine:
    return OrderLine(
        line.sku, line.name, line.quantity, line.unit_price.money(), line.total.money()
    )
