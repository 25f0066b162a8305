"""How orders look in JSON. The order routes answer with them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel, pii
from orders.api import examples
from orders.api.bodies import Linked, links_to, money_out
from orders.api.dependencies import CANCEL_ALL, WRITE, Visitor
from orders.application.views import OrderSummary, OrderView
from orders.domain.events import Actor
from orders.domain.order import Status
from orders.domain.purchase import OrderLine
from orders.domain.saga import Reason


class LineOut(StrictModel):
    """A line at the price that it was ordered at."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money


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
            lines=[_line(line) for line in view.lines],
            total=money_out(view.total),
            rejection=_rejection(view),
            cancelled_by=view.cancelled_by,
            version=view.version,
            placed_at=view.placed_at,
            updated_at=view.updated_at,
            links=links_to(_places(view, visitor)),
        )


class OrdersOut(Linked):
    """A page of orders, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ORDER_PAGE]})

    items: list[SummaryOut]


def _line(line: OrderLine) -> LineOut:
    return LineOut(
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=money_out(line.unit_price),
        total=money_out(line.total),
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


def _places(view: OrderView, visitor: Visitor) -> dict[str, str]:
    places = {"self": f"/v1/orders/{view.id}"}
    is_own = visitor.owner == view.owner and visitor.may(WRITE)
    if view.can_be_cancelled and (is_own or visitor.may(CANCEL_ALL)):
        places["cancel"] = f"/v1/orders/{view.id}/cancellation"
    if visitor.may("payments:read"):
        places["payments"] = f"/v1/payments?order_id={view.id}"
    return places
