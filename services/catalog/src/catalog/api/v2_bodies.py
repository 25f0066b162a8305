"""A product as version 2 shows it: a range of prices, and availability that is more than a boolean.

`v2_routes.py` answers with the bytes that `product_v2_body` makes; the models describe them.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from catalog.api import examples
from catalog.api.links import Link
from catalog.api.picture_bodies import PictureBody, picture_body
from catalog.api.presenters import money_body
from catalog.application.queries import ProductView, VariantView
from chassis.schemas import Money


class AvailabilityStatus(StrEnum):
    """How far something can be had now; clients must expect that more words come."""

    IN_STOCK = "in_stock"
    PARTLY_IN_STOCK = "partly_in_stock"
    OUT_OF_STOCK = "out_of_stock"


class AvailabilityBody(BaseModel):
    """`partly_in_stock` is said of a product of which some variants are sold out."""

    status: AvailabilityStatus


class PriceRangeBody(BaseModel):
    """The prices of the cheapest and of the dearest variant; the same where there is one price."""

    lowest: Money
    highest: Money


class VariantV2Body(BaseModel):
    """One SKU; its availability as inventory last said."""

    sku: str
    name: str
    price: Money
    availability: AvailabilityBody
    weight_grams: int | None


class ProductV2Body(BaseModel):
    """One product."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PRODUCT_V2]})

    id: str
    slug: str
    code: str
    name: str
    description: str | None
    category: str
    price_range: PriceRangeBody
    availability: AvailabilityBody
    variants: list[VariantV2Body]
    pictures: list[PictureBody]
    links: Annotated[dict[str, Link], Field(alias="_links")]


class ProductV2PageBody(BaseModel):
    """A page of products; the link `next` is there while there are more."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PRODUCT_V2_PAGE]})

    items: list[ProductV2Body]
    links: Annotated[dict[str, Link], Field(alias="_links")]


def product_v2_body(product: ProductView) -> dict[str, Any]:
    """Returns the body of one product, the same alone and in a list."""
    prices = [variant.price for variant in product.variants]
    return {
        "id": product.id,
        "slug": product.slug,
        "code": product.code,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "price_range": {"lowest": money_body(min(prices)), "highest": money_body(max(prices))},
        "availability": {"status": _status(product.variants)},
        "variants": [
            {
                "sku": variant.sku,
                "name": variant.name,
                "price": money_body(variant.price),
                "availability": {"status": _status((variant,))},
                "weight_grams": variant.weight_grams,
            }
            for variant in product.variants
        ],
        "pictures": [picture_body(picture) for picture in product.pictures],
        "_links": {
            "self": {"href": f"/v2/products/{product.slug}"},
            "category": {"href": f"/v1/categories/{product.category}"},
        },
    }


def _status(variants: tuple[VariantView, ...]) -> AvailabilityStatus:
    there = [variant.in_stock for variant in variants]
    if all(there):
        return AvailabilityStatus.IN_STOCK
    return AvailabilityStatus.PARTLY_IN_STOCK if any(there) else AvailabilityStatus.OUT_OF_STOCK
