"""How carts and prices look in JSON. The cart and price routes answer with them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel
from orders.api import examples
from orders.api.amount_bodies import AmountsOut, AppliedPromotionOut
from orders.api.bodies import Linked, links_to, money_out
from orders.application.cart_views import CartItem, CartView
from orders.application.price_views import PriceView
from orders.domain.promotions import Refusal
from orders.domain.shipping import DeliveryMethod


class CartItemOut(StrictModel):
    """A line at today's price; `available` is false once the product was withdrawn."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money
    discount: Annotated[Money, Field(description="What promotions take off this line.")]
    available: bool


class RefusedCodeOut(StrictModel):
    """A code that does nothing for the cart as it is now."""

    code: str
    reason: Refusal


class CartOut(Linked):
    """A cart. Its ETag covers all that it comes to; send it in If-Match to order."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CART]})

    id: UUID
    items: list[CartItemOut]
    delivery_method: DeliveryMethod
    country: Annotated[str, Field(description="Where it is priced to go: zone and tax.")]
    amounts: Annotated[AmountsOut | None, Field(description="Null for nothing to order.")]
    total: Annotated[Money | None, Field(description="Null for nothing to order.")]
    promotions: list[AppliedPromotionOut]
    refused_codes: list[RefusedCodeOut]
    order_id: Annotated[UUID | None, Field(description="Set once the cart was ordered.")]

    @classmethod
    def of(cls, view: CartView) -> Self:
        """Returns the body."""
        return cls(
            id=view.id,
            items=[_item(item) for item in view.items],
            delivery_method=view.delivery_method,
            country=view.country,
            amounts=AmountsOut.of(view.amounts) if view.amounts else None,
            total=money_out(view.total) if view.total else None,
            promotions=[AppliedPromotionOut.of(each) for each in view.promotions],
            refused_codes=[
                RefusedCodeOut(code=each.code, reason=each.reason) for each in view.refused_codes
            ],
            order_id=view.order_id,
            links=links_to(_places(view)),
        )


class CreatedCartOut(CartOut):
    """A new cart."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CREATED_CART]})

    token: Annotated[
        str | None,
        Field(description="The guest's secret, shown this once; send it in Cart-Token."),
    ] = None

    @classmethod
    def made(cls, view: CartView, token: str | None) -> Self:
        """Returns the body with the guest's secret."""
        return cls(**dict(CartOut.of(view)), token=token)


class PriceOut(StrictModel):
    """What this service charges for a SKU now; `sequence` is the product's version."""

    sku: str
    name: str
    price: Money
    withdrawn: bool
    sequence: int

    @classmethod
    def of(cls, view: PriceView) -> Self:
        """Returns the body."""
        return cls(
            sku=view.sku,
            name=view.name,
            price=money_out(view.price),
            withdrawn=view.withdrawn,
            sequence=view.sequence,
        )


class PricesOut(Linked):
    """A page of prices."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PRICE_PAGE]})

    items: list[PriceOut]


def _item(item: CartItem) -> CartItemOut:
    return CartItemOut(
        sku=item.sku,
        name=item.name,
        quantity=item.quantity,
        unit_price=money_out(item.unit_price),
        total=money_out(item.total),
        discount=money_out(item.discount),
        available=item.available,
    )


def _places(view: CartView) -> dict[str, str]:
    places = {"self": f"/v1/carts/{view.id}"}
    if view.order_id is not None:
        return places | {"order": f"/v1/orders/{view.order_id}"}
    places["items"] = f"/v1/carts/{view.id}/items"
    places["change"] = f"/v1/carts/{view.id}"
    if view.can_be_ordered:
        places["place_order"] = "/v1/orders"
    return places
