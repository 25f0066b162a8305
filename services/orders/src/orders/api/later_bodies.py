"""How shipments, returns and refunds look in JSON, and what clients send for them.

An order's body holds them; the routes of the later life answer with them too.
"""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel
from orders.api import later_examples as examples
from orders.api.bodies import Linked, links_to, money_out
from orders.api.dependencies import Visitor
from orders.api.order_links import refund_links, return_links, shipment_links
from orders.api.schemas import Quantity, Sku, Text
from orders.application.order_views import OrderView
from orders.domain.account import Refund, RefundStatus
from orders.domain.cart import MAX_LINES
from orders.domain.dispatch import Parcel
from orders.domain.fulfilment import (
    ChargeStatus,
    Quantities,
    Return,
    ReturnStatus,
    Shipment,
    distinct,
)


class UnitsBody(StrictModel):
    """A SKU and how many of it."""

    sku: Sku
    quantity: Quantity


Lines = Annotated[list[UnitsBody], Field(min_length=1, max_length=MAX_LINES)]
Reason = Annotated[Text, Field(max_length=200)]


class ParcelBody(StrictModel):
    """What leaves; without lines all that is left."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PARCEL]})

    lines: Lines | None = None
    carrier: Annotated[Text, Field(max_length=64)] | None = None
    tracking: Annotated[Text, Field(max_length=64)] | None = None

    def parcel(self) -> Parcel:
        """Returns what is to be shipped. Raises RepeatedSku."""
        return Parcel(_quantities(self.lines) if self.lines else None, self.carrier, self.tracking)


class ReturnBody(StrictModel):
    """Which units are to come back, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.WANTED_RETURN]})

    lines: Lines
    reason: Reason

    def quantities(self) -> Quantities:
        """Returns units by SKU. Raises RepeatedSku."""
        return _quantities(self.lines)


class RefusalBody(StrictModel):
    """Why the goods are not taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REFUSAL]})

    reason: Reason


class WantedMoney(StrictModel):
    """An amount to be given back, in minor units."""

    amount: Annotated[int, Field(ge=1, le=10**12)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class RefundBody(StrictModel):
    """How much goes back, and why; without an amount all that is left."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.WANTED_REFUND]})

    amount: WantedMoney | None = None
    reason: Reason


class ChargeOut(StrictModel):
    """What a shipment costs the buyer; `problem` says why it could not be taken."""

    amount: Money
    status: ChargeStatus
    problem: str | None


class ShipmentOut(Linked):
    """What left together."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SHIPMENT]})

    id: UUID
    lines: list[UnitsBody]
    carrier: str | None
    tracking: str | None
    charge: ChargeOut
    shipped_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, shipment: Shipment, view: OrderView, visitor: Visitor) -> Self:
        """Returns the body for this reader."""
        charge = shipment.charge
        return cls(
            id=shipment.id,
            lines=_lines(shipment.quantities),
            carrier=shipment.carrier,
            tracking=shipment.tracking,
            charge=ChargeOut(
                amount=money_out(charge.amount), status=charge.status, problem=charge.problem
            ),
            shipped_at=shipment.shipped_at,
            delivered_at=shipment.delivered_at,
            links=links_to(shipment_links(shipment, view, visitor)),
        )


class ReturnOut(Linked):
    """Goods that come back; `refund` is what is owed for them, once they are received."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RETURN]})

    id: UUID
    lines: list[UnitsBody]
    reason: str
    status: ReturnStatus
    refund: Money | None
    refusal: str | None
    restocked: Annotated[bool, Field(description="True once inventory has them.")]
    requested_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, returning: Return, view: OrderView, visitor: Visitor) -> Self:
        """Returns the body for this reader."""
        return cls(
            id=returning.id,
            lines=_lines(returning.quantities),
            reason=returning.reason,
            status=returning.status,
            refund=money_out(returning.refund) if returning.refund else None,
            refusal=returning.refusal,
            restocked=returning.restocked,
            requested_at=returning.requested_at,
            closed_at=returning.closed_at,
            links=links_to(return_links(returning, view, visitor)),
        )


class RefundOut(Linked):
    """Money that goes back; `return_id` names the goods that it is for, if any."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REFUND]})

    id: UUID
    amount: Money
    reason: str
    status: RefundStatus
    return_id: UUID | None
    problem: str | None
    requested_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, refund: Refund, view: OrderView) -> Self:
        """Returns the body."""
        return cls(
            id=refund.id,
            amount=money_out(refund.amount),
            reason=refund.reason,
            status=refund.status,
            return_id=refund.return_id,
            problem=refund.problem,
            requested_at=refund.requested_at,
            closed_at=refund.closed_at,
            links=links_to(refund_links(refund.id, view)),
        )


def _lines(quantities: Quantities) -> list[UnitsBody]:
    return [UnitsBody(sku=sku, quantity=quantities[sku]) for sku in sorted(quantities)]


def _quantities(lines: list[UnitsBody]) -> Quantities:
    return distinct((line.sku, line.quantity) for line in lines)
