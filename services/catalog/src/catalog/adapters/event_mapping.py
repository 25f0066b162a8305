"""Turns a product's domain events into the messages that contracts/events/catalog/ describes.

`product_repository` puts the result into the product's own document, in the same update as the
change; the relay takes it from there.
"""

from typing import Any

from catalog.domain.events import (
    PriceChanged,
    ProductChanged,
    ProductCreated,
    ProductEvent,
    ProductState,
    ProductWithdrawn,
    Variant,
)
from catalog.domain.media import SHOWN
from catalog.domain.money import Money
from catalog.domain.pictures import Picture
from chassis.envelope import Event, new_event

TOPIC = "catalog.events"
SOURCE = "/services/catalog"


def message_of(event: ProductEvent) -> Event:
    """Returns the envelope; correlation and causation are those of the running conversation."""
    kind, product_id, data = _described(event)
    return new_event(
        source=SOURCE,
        type=f"catalog.{kind}.v1",
        subject=product_id,
        sequence=event.sequence,
        data=data,
    )


def _described(event: ProductEvent) -> tuple[str, str, dict[str, Any]]:
    """Returns the name of the event's type, the product's id and the data."""
    match event:
        case ProductCreated(product=product):
            return "product_created", str(product.product_id), _state(product)
        case ProductChanged(product=product):
            return "product_changed", str(product.product_id), _state(product)
        case PriceChanged():
            product_id = str(event.product_id)
            prices = {"old_price": _money(event.old_price), "new_price": _money(event.new_price)}
            return (
                "price_changed",
                product_id,
                {"product_id": product_id, "sku": event.sku} | prices,
            )
        case ProductWithdrawn():
            return "product_withdrawn", str(event.product_id), _withdrawal(event)


def _state(product: ProductState) -> dict[str, Any]:
    return {
        "product_id": str(product.product_id),
        "slug": product.slug,
        "code": product.code,
        "name": product.name,
        "category": product.category,
        "variants": [_variant(variant) for variant in product.variants],
        "pictures": [_picture(picture) for picture in product.pictures],
    }


def _variant(variant: Variant) -> dict[str, Any]:
    described: dict[str, Any] = {"sku": variant.sku, "name": variant.name}
    described["price"] = _money(variant.price)
    if variant.weight_grams is not None:
        described["weight_grams"] = variant.weight_grams
    return described


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.id,
        "alt": picture.alt,
        "width": picture.width,
        "height": picture.height,
        "renditions": [
            {"path": f"/{SHOWN}{each.name}", "width": each.width, "height": each.height}
            for each in picture.renditions
        ],
    }


def _price_change(event: PriceChanged) -> dict[str, Any]:
    return {
        "product_id": str(event.product_id),
        "sku": event.sku,
        "old_price": _money(event.old_price),
        "new_price": _money(event.new_price),
    }


def _withdrawal(event: ProductWithdrawn) -> dict[str, Any]:
    return {
        "product_id": str(event.product_id),
        "slug": event.slug,
        "skus": list(event.skus),
    }


def _money(money: Money) -> dict[str, Any]:
    return {"amount": money.amount, "currency": money.currency}
