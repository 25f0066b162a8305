"""How orders look in JSON. The order routes answer with them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel, pii
from orders.api import examples
from orders.api.amount_bodies import AmountsOut, AppliedPromotionOut, ParcelOut
from orders.api.bodies import Linked, links_to, money_out
from orders.api.dependencies import Visitor
from orders.api.later_bodies import RefundOut, ReturnOut, ShipmentOut
from orders.api.order_links import order_links
from orders.application.order_views import OrderSummary, OrderView
from orders.domain.events import Actor
from orders.domain.fulfilment import Fulfilment
from orders.domain.moves import Status
from orders.domain.purchase import OrderLine
from orders.domain.saga import Reason
from orders.domain.shipping import DeliveryMethod


class LineOut(StrictModel):
    """A line at the price that it was ordered at, and how far its units have come."""

    sku: str
    name: str
    quantity: int
    shipped_quantity: int
    delivered_quantity: int
    returned_quantity: int
    unit_price: Money
    total: Money
    discount: Annotated[Money, Field(description="What promotions took off.")]
    tax: Money
    total_after: Annotated[Money, Field(description="What is paid for this line.")]


class ShortageOut(StrictModel):
    """A SKU of which there was not enough, and what was left."""

    sku: str
    requested: int
    available: int


class RejectionOut(StrictModel):
    """Why the shop could not fulfil the order."""

    reason: Reason
    shortages: list[ShortageOut]


class ContactOut(StrictModel):
    """Whom the shop writes to."""

    email: Annotated[str, pii()]
    name: Annotated[str, pii()]


class AddressOut(StrictModel):
    """Where the goods go."""

    recipient: Annotated[str, pii()]
    street: Annotated[str, pii()]
    city: Annotated[str, pii()]
    postcode: Annotated[str, pii()]
    country: str


class SummaryOut(Linked):
    """An order in a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SUMMARY]})

    id: UUID
    status: Status
    reference: str | None
    customer_id: Annotated[str | None, Field(description="Null for a guest.")]
    country: str
    total: Money
    version: int
    placed_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: OrderSummary) -> Self:
        """Returns the body."""
        return cls(
            id=view.id,
            status=view.status,
            reference=view.reference,
            customer_id=view.owner.customer_id,
            country=view.country,
            total=money_out(view.total),
            version=view.version,
            placed_at=view.placed_at,
            updated_at=view.updated_at,
            links=links_to({"self": f"/v1/orders/{view.id}"}),
        )


class OrderOut(Linked):
    """An order, whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ORDER]})

    id: UUID
    status: Status
    reference: str | None
    customer_id: Annotated[str | None, Field(description="Null for a guest.")]
    contact: ContactOut | None
    shipping_address: AddressOut
    lines: list[LineOut]
    total: Money
    amounts: AmountsOut
    promotions: list[AppliedPromotionOut]
    delivery_method: DeliveryMethod
    parcels: Annotated[list[ParcelOut], Field(description="How the goods are best packed.")]
    captured: Annotated[Money, Field(description="Taken from the buyer so far.")]
    refunded: Annotated[Money, Field(description="Given back so far.")]
    payment_problem: Annotated[
        str | None, Field(description="Why money for goods that were shipped is missing.")
    ]
    shipments: list[ShipmentOut]
    returns: list[ReturnOut]
    refunds: list[RefundOut]
    rejection: RejectionOut | None
    cancelled_by: Actor | None
    version: Annotated[int, Field(description="Counts the order's events, without a gap.")]
    placed_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: OrderView, visitor: Visitor) -> Self:
        """Returns the body for this reader."""
        contact = view.contact
        return cls(
            id=view.id,
            status=view.status,
            reference=view.reference,
            customer_id=view.owner.customer_id,
            contact=ContactOut(email=contact.email, name=contact.name) if contact else None,
            shipping_address=_address(view),
            lines=[_line(line, view.fulfilment) for line in view.lines],
            total=money_out(view.bill.amounts.total),
            amounts=AmountsOut.of(view.bill.amounts),
            promotions=[AppliedPromotionOut.of(each) for each in view.bill.promotions],
            delivery_method=view.bill.delivery,
            parcels=[ParcelOut.of(each) for each in view.parcels],
            captured=money_out(view.account.captured),
            refunded=money_out(view.account.refunded),
            payment_problem=view.payment_problem,
            shipments=[ShipmentOut.of(one, view, visitor) for one in view.fulfilment.shipments],
            returns=[ReturnOut.of(one, view, visitor) for one in view.fulfilment.returns],
            refunds=[RefundOut.of(one, view) for one in view.account.refunds],
            rejection=_rejection(view),
            cancelled_by=view.cancelled_by,
            version=view.version,
            placed_at=view.placed_at,
            updated_at=view.updated_at,
            links=links_to(order_links(view, visitor)),
        )


class OrdersOut(Linked):
    """A page of orders, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ORDER_PAGE]})

    items: list[SummaryOut]


def _line(line: OrderLine, fulfilment: Fulfilment) -> LineOut:
    return LineOut(
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        shipped_quantity=fulfilment.shipped.get(line.sku, 0),
        delivered_quantity=fulfilment.delivered.get(line.sku, 0),
        returned_quantity=fulfilment.returned.get(line.sku, 0),
        unit_price=money_out(line.unit_price),
        total=money_out(line.total),
        discount=money_out(line.discount),
        tax=money_out(line.tax),
        total_after=money_out(line.total_after),
    )


def _address(view: OrderView) -> AddressOut:
    address = view.address
    return AddressOut(
        recipient=address.recipient,
        street=address.street,
        city=address.city,
        postcode=address.postcode,
        country=address.country,
    )


def _rejection(view: OrderView) -> RejectionOut | None:
    if view.reason is None:
        return None
    shortages = [
        ShortageOut(sku=short.sku, requested=short.requested, available=short.available)
        for short in view.shortages
    ]
    return RejectionOut(reason=view.reason, shortages=shortages)
