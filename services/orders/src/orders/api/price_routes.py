"""The route of the price read model, for the staff and for imports.

An import polls it to see that its prices have arrived where orders are made.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from chassis.pagination import Cursor, Limit, decode_cursor, page_of
from chassis.schemas import StrictModel
from chassis.security import Caller, requires
from orders.api.answers import page_answer
from orders.api.cart_bodies import PriceOut, PricesOut
from orders.api.dependencies import READ_ALL, Services

router = APIRouter(prefix="/v1/prices", tags=["prices"])


class PriceCursor(StrictModel):
    """The last SKU of a page."""

    sku: str


@router.get(
    "",
    operation_id="list_prices",
    summary="List what orders would be charged, by SKU",
    response_model=PricesOut,
)
async def list_prices(
    request: Request,
    _caller: Annotated[Caller, requires(READ_ALL)],
    services: Services,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """This service's own copy of the catalogue's prices, withdrawn products included."""
    after = decode_cursor(cursor, PriceCursor).sku if cursor else None
    found = await services.prices.page(after, limit + 1)
    page = page_of([PriceOut.of(price) for price in found], limit, lambda last: {"sku": last.sku})
    return page_answer(request, page, PricesOut)
