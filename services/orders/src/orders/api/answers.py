"""Makes the responses: ready bytes with their validators. The routes end with one of these.

The models are the documented ones; a body that does not fit them cannot be made.
"""

from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from chassis.etags import matches_weakly
from chassis.pagination import Page, link_header, page_links
from orders.api.bodies import Link
from orders.api.cart_bodies import CartOut
from orders.api.dependencies import Visitor
from orders.api.order_bodies import OrderOut
from orders.api.order_links import order_etag
from orders.application.cart_views import CartView
from orders.application.change_order import Changed
from orders.application.order_views import OrderView

Item = TypeVar("Item", bound=BaseModel)

# Prices move and orders settle: an answer may be kept, but is asked about each time.
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cart-Token"}


def answer(body: BaseModel, status: int = 200, **headers: str) -> Response:
    """Returns the body as JSON; `Content_Location` stands for the field `Content-Location`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body.model_dump_json(), status, _PRIVATE | named, "application/json")


def cart_answer(view: CartView, if_none_match: str | None = None) -> Response:
    """Returns a cart with its ETag, or 304 for one that the client has."""
    if matches_weakly(if_none_match, view.etag):
        return Response(status_code=304, headers=_PRIVATE | {"ETag": view.etag})
    return answer(CartOut.of(view), ETag=view.etag)


def order_answer(
    view: OrderView,
    visitor: Visitor,
    status: int = 200,
    *,
    if_none_match: str | None = None,
    **headers: str,
) -> Response:
    """Returns an order with its ETag, or 304 for one that the client has."""
    etag = order_etag(view, visitor)
    if matches_weakly(if_none_match, etag):
        return Response(status_code=304, headers=_PRIVATE | {"ETag": etag})
    return answer(OrderOut.of(view, visitor), status, ETag=etag, **headers)


def changed_answer(changed: Changed, visitor: Visitor, status: int = 200) -> Response:
    """Returns the order as it was changed; a 201 says where what was made can be read."""
    place = {"Location": changed.location} if status == 201 else {}
    return order_answer(changed.order, visitor, status, **place)


def page_answer(request: Request, page: Page[Item], body: type[BaseModel]) -> Response:
    """Returns a page; its links stand in the body and in the header field `Link`."""
    places = page_links(request, page.next_cursor)
    links = {relation: Link(href=place["href"]) for relation, place in places.items()}
    return answer(
        body.model_validate({"items": list(page.items), "_links": links}),
        Link=link_header(request, page.next_cursor),
    )
