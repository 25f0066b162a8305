"""What notifications reads of `orders.events`: only the fields that its messages use.

`order_events.py` parses with these; the contract tests hold them against
`contracts/events/orders/`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from notifications.domain.contact import Recipient
from notifications.domain.order import Amounts, Money, Order, OrderLine


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

    def line(self) -> OrderLine:
        """Returns it as the domain's."""
        price, total = self.unit_price.money(), self.total.money()
        return OrderLine(self.sku, self.name, self.quantity, price, total)


class AmountsData(BaseModel):
    """What the total is made of."""

    subtotal: Amount
    discount: Amount
    shipping: Amount
    tax: Amount

    def amounts(self) -> Amounts:
        """Returns them as the domain's."""
        return Amounts(
            self.subtotal.money(), self.discount.money(), self.shipping.money(), self.tax.money()
        )


class OrderData(BaseModel):
    """The order as every event of it carries it; an older one has no `amounts`."""

    order_id: UUID
    reference: str | None
    customer_id: UUID | None
    contact: GuestContact | None
    lines: list[Line]
    total: Amount
    amounts: AmountsData | None = None
    country: str
    placed_at: AwareDatetime

    def order(self, version: int, status: str | None = None) -> Order:
        """Returns it as the domain's; `version` is the event's sequence."""
        return Order(
            order_id=self.order_id,
            version=version,
            reference=self.reference,
            customer_id=self.customer_id,
            guest=Recipient(self.contact.email, self.contact.name) if self.contact else None,
            lines=tuple(line.line() for line in self.lines),
            total=self.total.money(),
            country=self.country,
            placed_at=self.placed_at,
            status=status,
            amounts=self.amounts.amounts() if self.amounts else None,
        )


class OrderEvent(BaseModel):
    """The data of an event that says nothing beyond the order: placed, confirmed, packed.

    The others say in `details` what their template shows, and in `about` the shipment, the
    return or the refund that they tell of.
    """

    order: OrderData

    @property
    def about(self) -> UUID | None:
        """The thing that the event is about; None is the order itself."""
        return None

    def details(self) -> Mapping[str, Any]:
        """Returns what the template shows."""
        return {}


class Shortage(BaseModel):
    """A SKU of which there was not enough."""

    sku: str
    requested: int
    available: int


class OrderRejected(OrderEvent):
    """The data of `orders.order_rejected.v1`."""

    reason: str
    shortages: list[Shortage] = []

    def details(self) -> Mapping[str, Any]:
        """A shortage has its product's name."""
        names = {line.sku: line.name for line in self.order.lines}
        shortages = [
            {**shortage.model_dump(), "name": names.get(shortage.sku, shortage.sku)}
            for shortage in self.shortages
        ]
        return {"reason": self.reason, "shortages": shortages}


class OrderCancelled(OrderEvent):
    """The data of `orders.order_cancelled.v1`."""

    cancelled_by: Literal["customer", "staff"]

    def details(self) -> Mapping[str, Any]:
        """Says who cancelled."""
        return {"cancelled_by": self.cancelled_by}


class Item(BaseModel):
    """So many units of what was ordered, in a parcel."""

    sku: str
    name: str
    quantity: int


class Parcel(OrderEvent):
    """What a shipment's events have in common: the data of `orders.order_delivered.v1`."""

    shipment_id: UUID
    lines: list[Item]
    complete: bool

    @property
    def about(self) -> UUID | None:
        """The shipment."""
        return self.shipment_id

    def details(self) -> Mapping[str, Any]:
        """Says what is in the parcel, and whether it was the last."""
        return self.model_dump(mode="json", include={"lines", "complete"})


class OrderShipped(Parcel):
    """The data of `orders.order_shipped.v1`."""

    carrier: str | None
    tracking: str | None

    def details(self) -> Mapping[str, Any]:
        """Says also who brings it, and how to follow it."""
        return {**super().details(), "carrier": self.carrier, "tracking": self.tracking}


class Return(OrderEvent):
    """What a return's events have in common."""

    return_id: UUID
    lines: list[Item]

    @property
    def about(self) -> UUID | None:
        """The return."""
        return self.return_id

    def details(self) -> Mapping[str, Any]:
        """Says what comes back."""
        return self.model_dump(mode="json", include={"lines"})


class ReturnReasoned(Return):
    """The data of `orders.return_requested.v1` and `return_refused.v1`."""

    reason: str

    def details(self) -> Mapping[str, Any]:
        """Says also why."""
        return {**super().details(), "reason": self.reason}


class ReturnReceived(Return):
    """The data of `orders.return_received.v1`; earlier ones did not say whether all is back."""

    refund: Amount
    complete: bool = False

    def details(self) -> Mapping[str, Any]:
        """Says also what is owed for it."""
        return {**super().details(), "amount": self.refund.model_dump()}


class RefundFailed(OrderEvent):
    """The data of `orders.refund_failed.v1`."""

    refund_id: UUID
    amount: Amount

    @property
    def about(self) -> UUID | None:
        """The refund."""
        return self.refund_id

    def details(self) -> Mapping[str, Any]:
        """Says how much it was."""
        return {"amount": self.amount.model_dump()}
