"""Turns views into the bytes and header fields of an answer.

Reads are rendered once and then served from the cache as they are; so this makes bytes, and the
models in `schemas.py` only describe them (a test compares the two).
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson
from fastapi import Request, Response

from catalog.application.queries import ProductPage, ProductView
from catalog.application.read_cache import Answer
from catalog.domain.categories import Category
from catalog.domain.money import Money
from chassis.etags import matches_weakly, strong_etag
from chassis.pagination import link_header, page_links

# How a version of the API shows a product.
Show = Callable[[ProductView], dict[str, Any]]

# Anybody may keep an answer, but asks each time whether it still holds: prices are never old.
REVALIDATE = "public, no-cache"
# The gateway forgets what an event of ours concerns, and may use the rest for a moment (RFC 9213):
# no event of ours tells of stock, so that is five seconds old at most.
AT_THE_EDGE = "max-age=2, stale-while-revalidate=3, stale-if-error=60"
# Categories change with a release only.
FOR_A_WHILE = "public, max-age=300"


def product_etag(product: ProductView) -> str:
    """Returns a tag that changes with everything that the product's body shows."""
    return strong_etag(product.id, product.version, product.availability_version)


def product_body(product: ProductView) -> dict[str, Any]:
    """Returns one product as version 1 shows it, the same alone and in a list."""
    here = f"/v1/products/{product.slug}"
    return {
        "id": product.id,
        "slug": product.slug,
        "code": product.code,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "price_from": money_body(product.price_from),
        "in_stock": any(variant.in_stock for variant in product.variants),
        "variants": [
            {
                "sku": variant.sku,
                "name": variant.name,
                "price": money_body(variant.price),
                "in_stock": variant.in_stock,
            }
            for variant in product.variants
        ],
        "_links": {
            "self": {"href": here},
            "category": {"href": f"/v1/categories/{product.category}"},
        },
    }


def product_answer(product: ProductView, show: Show) -> Answer:
    """Returns one product's answer."""
    return Answer(orjson.dumps(show(product)), product_etag(product))


def page_answer(page: ProductPage, next_cursor: str | None, request: Request, show: Show) -> Answer:
    """Returns a page's answer; its tag is that of its bytes."""
    body = orjson.dumps(
        {
            "items": [show(product) for product in page.items],
            "_links": page_links(request, next_cursor),
        }
    )
    return Answer(body, strong_etag(body.decode()), link_header(request, next_cursor))


def tree_answer(roots: Sequence[Category]) -> Answer:
    """Returns the answer with all categories."""
    links = {"self": {"href": "/v1/categories"}}
    body = orjson.dumps({"items": [_category(root) for root in roots], "_links": links})
    return Answer(body, strong_etag(body.decode()))


def category_answer(path: Sequence[Category]) -> Answer:
    """Returns the answer with the last category of the path, and the way to it."""
    steps = [{"slug": step.slug, "name": step.name} for step in path]
    body = orjson.dumps(_category(path[-1]) | {"path": steps})
    return Answer(body, strong_etag(body.decode()))


def sent(
    answer: Answer,
    request: Request,
    cache_control: str,
    also: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Returns 304 where the client has this very answer, else 200 (RFC 9110, section 13.1.2).

    `also` are fields of this version; a link among them comes after the answer's own.
    """
    headers = {"ETag": answer.etag, "Cache-Control": cache_control, **also}
    if cache_control == REVALIDATE:
        headers["CDN-Cache-Control"] = AT_THE_EDGE
    links = [link for link in (answer.link, also.get("Link")) if link is not None]
    if links:
        headers["Link"] = ", ".join(links)
    if matches_weakly(request.headers.get("if-none-match"), answer.etag):
        return Response(status_code=304, headers=headers)
    return Response(answer.body, headers=headers, media_type="application/json")


def written(product: ProductView, *, status: int = 200) -> Response:
    """Returns the answer to a write: what staff may do next is in its links."""
    body = product_body(product)
    here = f"/v1/products/{product.slug}"
    if not product.withdrawn:
        price = {"href": f"{here}/variants/{{sku}}/price", "templated": True}
        body["_links"] |= {"change": {"href": here}, "withdraw": {"href": here}, "price": price}
        body["_links"]["add_picture"] = {"href": f"{here}/picture-uploads"}
    headers = {"ETag": product_etag(product), "Cache-Control": "no-store"}
    if status == 201:
        headers["Location"] = here
    return Response(orjson.dumps(body), status, headers, "application/json")


def _category(category: Category) -> dict[str, Any]:
    return {
        "slug": category.slug,
        "name": category.name,
        "children": [_category(child) for child in category.children],
        "_links": {
            "self": {"href": f"/v1/categories/{category.slug}"},
            "products": {"href": f"/v1/products?category={category.slug}"},
        },
    }


def money_body(money: Money) -> dict[str, Any]:
    """Returns an amount in minor units with its currency."""
    return {"amount": money.amount, "currency": money.currency}
