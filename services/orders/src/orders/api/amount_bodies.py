"""How amounts, promotions that were used, and parcels look in JSON, for carts and orders alike."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from chassis.schemas import Money, StrictModel
from orders.api.bodies import money_out
from orders.domain.amounts import Amounts
from orders.domain.packing import Parcel
from orders.domain.promotions import AppliedPromotion


class AmountsOut(StrictModel):
    """What the total is made of: subtotal - discount + shipping, and the tax if not contained."""

    subtotal: Money
    discount: Money
    shipping: Annotated[Money, Field(description="What the delivery costs after promotions.")]
    tax: Annotated[Money, Field(description="Of the goods and of the delivery.")]
    shipping_tax: Annotated[Money, Field(description="The part of the tax that the delivery has.")]
    total: Money
    prices_include_tax: Annotated[
        bool, Field(description="True: the tax is contained in the other amounts.")
    ]

    @classmethod
    def of(cls, amounts: Amounts) -> Self:
        """Returns the body."""
        return cls(
            subtotal=money_out(amounts.subtotal),
            discount=money_out(amounts.discount),
            shipping=money_out(amounts.shipping),
            tax=money_out(amounts.tax),
            shipping_tax=money_out(amounts.shipping_tax),
            total=money_out(amounts.total),
            prices_include_tax=amounts.prices_include_tax,
        )


class AppliedPromotionOut(StrictModel):
    """A promotion that counts, and what it takes off; without a code it came by itself."""

    id: UUID
    name: str
    code: str | None
    discount: Money

    @classmethod
    def of(cls, applied: AppliedPromotion) -> Self:
        """Returns the body."""
        return cls(
            id=applied.id,
            name=applied.name,
            code=applied.code,
            discount=money_out(applied.discount),
        )


class PackedOut(StrictModel):
    """So many of a SKU in one parcel."""

    sku: str
    quantity: int


class ParcelOut(StrictModel):
    """`count` equal parcels: the weight and the contents of each."""

    count: int
    weight_grams: int
    contents: list[PackedOut]

    @classmethod
    def of(cls, parcel: Parcel) -> Self:
        """Returns the body."""
        contents = [PackedOut(sku=sku, quantity=quantity) for sku, quantity in parcel.contents]
        return cls(count=parcel.count, weight_grams=parcel.weight_grams, contents=contents)
