"""How carts and prices look in JSON. The cart and price routes answer with them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel
from orders.api import examples
from orders.api.bodies import Linked, links_to, money_out
from orders.application.views import CartItem, CartView, PriceView


class CartItemOut(StrictModel):
    """A line at today's price; `available` is false once the product was withdrawn."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money
    available: bool


class CartOut(Linked):
    """A cart. Its ETag covers every line and price; send it in If-Match to order."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CART]})

    id: UUID
    items: list[CartItemOut]
    total: Annotated[Money | None, Field(description="Null for nothing to order.")]
    order_id: Annotated[UUID | None, Field(description="Set once the cart was ordered.")]

    @classmethod
    def of(cls, view: CartView) -> Self:
        """Returns the body."""
        return cls(
            id=view.id,
            items=[_item(item) for item in view.items],
            total=money_out(view.total) if view.total else None,
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
        available=item.available,
    )


def _places(view: CartView) -> dict[str, str]:
    places = {"self": f"/v1/carts/{view.id}"}
    if view.order_id is not None:
        return places | {"order": f"/v1/orders/{view.order_id}"}
    places["items"] = f"/v1/carts/{view.id}/items"
    if view.can_be_ordered:
        places["place_order"] = "/v1/orders"
    return places
