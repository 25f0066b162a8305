"""How a product lies in its document: its own fields, those that lists need, and its outbox.

`product_repository` writes these documents and `queries` reads them. `_id` is the id as text,
whose order is that of UUIDv7's bytes on every server. What inventory said last about a SKU is one
number under its name, which is digits and letters and so never an operator or a path.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from catalog.adapters.mongo import Document
from catalog.application.queries import ProductView, VariantView
from catalog.domain.categories import CategoryTree
from catalog.domain.content import Content
from catalog.domain.events import Variant
from catalog.domain.money import Money
from catalog.domain.pictures import Picture, Rendition
from catalog.domain.product import Availability, Product
from catalog.domain.words import search_words

# What a product or a view is made of; the words and the outbox stay on the server.
PRODUCT_FIELDS: Sequence[str] = (
    "code",
    "slug",
    "name",
    "description",
    "category",
    "chosen_category",
    "variants",
    "version",
    "created_at",
    "withdrawn",
    "stock",
    "pictures",
    "taken_uploads",
)


def stock_word(sequence: int, *, in_stock: bool) -> int:
    """Returns news about a SKU as a number that is larger for later news, and odd for in stock."""
    return sequence * 2 + in_stock


def fields_of(product: Product, tree: CategoryTree) -> Document:
    """Returns all fields that a change of the product writes."""
    content = product.content
    texts = [content.name, content.description or "", product.code]
    texts += [text for variant in content.variants for text in (variant.sku, variant.name)]
    return {
        "slug": product.slug,
        "code": product.code,
        "name": content.name,
        "description": content.description,
        "category": content.category,
        "chosen_category": content.chosen_category,
        "variants": [_variant_document(variant) for variant in content.variants],
        "pictures": [_picture_document(picture) for picture in product.pictures],
        "taken_uploads": list(product.taken_uploads),
        "version": product.version,
        "created_at": product.created_at,
        "withdrawn": product.withdrawn,
        # Derived, so that a list needs one index and no computation.
        "categories": list(tree.path_slugs(content.category)),
        "name_key": content.name.casefold(),
        "price_from": min(variant.price.amount for variant in content.variants),
        "words": search_words(*texts),
    }


def product_from(document: Document) -> Product:
    """Returns the product as it was stored."""
    return Product(
        id=UUID(document["_id"]),
        code=document["code"],
        slug=document["slug"],
        content=Content(
            name=document["name"],
            description=document["description"],
            category=document["category"],
            chosen_category=document["chosen_category"],
            variants=tuple(_variant(each) for each in document["variants"]),
        ),
        version=document["version"],
        created_at=document["created_at"],
        withdrawn=document["withdrawn"],
        availability=_availability(document["stock"]),
        pictures=_pictures(document),
        taken_uploads=tuple(document.get("taken_uploads", ())),
    )


def view_from(document: Document) -> ProductView:
    """Returns the view of a product, without making the product."""
    availability = _availability(document["stock"])
    return ProductView(
        id=document["_id"],
        slug=document["slug"],
        code=document["code"],
        name=document["name"],
        description=document["description"],
        category=document["category"],
        variants=tuple(_variant_view(each, availability) for each in document["variants"]),
        withdrawn=document["withdrawn"],
        version=document["version"],
        availability_version=availability.version,
        pictures=_pictures(document),
    )


def _variant_document(variant: Variant) -> Document:
    price = {"amount": variant.price.amount, "currency": variant.price.currency}
    document = {"sku": variant.sku, "name": variant.name, "price": price}
    return document | ({"weight_grams": variant.weight_grams} if variant.weight_grams else {})


def _variant(document: Document) -> Variant:
    price, weight = _money(document["price"]), document.get("weight_grams")
    return Variant(document["sku"], document["name"], price, weight)


def _picture_document(picture: Picture) -> Document:
    shown = [{"name": r.name, "width": r.width, "height": r.height} for r in picture.renditions]
    of_it = {"id": picture.id, "alt": picture.alt, "renditions": shown}
    return of_it | {"width": picture.width, "height": picture.height}


def _pictures(document: Document) -> tuple[Picture, ...]:
    """A document from before there were pictures has no such field."""
    return tuple(
        Picture(
            found["id"],
            found["alt"],
            found["width"],
            found["height"],
            tuple(Rendition(**rendition) for rendition in found["renditions"]),
        )
        for found in document.get("pictures", ())
    )


def _variant_view(document: Document, availability: Availability) -> VariantView:
    sku, price = document["sku"], _money(document["price"])
    in_stock = sku in availability.in_stock
    return VariantView(sku, document["name"], price, in_stock, document.get("weight_grams"))


def _money(price: dict[str, Any]) -> Money:
    return Money(price["amount"], price["currency"])


def _availability(stock: dict[str, int]) -> Availability:
    """The words only grow, so their sum is another after each that counted."""
    in_stock = frozenset(sku for sku, word in stock.items() if word % 2)
    return Availability(in_stock, sum(stock.values()))
