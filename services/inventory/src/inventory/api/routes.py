"""The routes of `/v1/stock` and `/v1/stock-adjustments`, for the warehouse and for machines.

Each names its caller first, so that nobody without rights learns what a request lacks.
Shoppers see availability in the catalogue, which inventory's events feed.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from chassis.clock import utcnow
from chassis.http_idempotency import RequiredKey
from chassis.ids import uuid7
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from chassis.security import Caller, requires
from inventory.api.dependencies import Reads, SkuInPath, Writes
from inventory.api.examples import ADJUSTMENT_ID
from inventory.api.presenters import (
    adjustment_body,
    adjustment_location,
    movement_body,
    stock_body,
)
from inventory.api.problems import PROBLEMS
from inventory.api.schemas import (
    AdjustmentBody,
    AdjustmentRequest,
    MovementCursor,
    MovementPage,
    StockBody,
    StockCursor,
    StockPage,
)
from inventory.application import queries
from inventory.application.adjust_stock import AdjustStock, adjust_stock
from inventory.domain import errors
from inventory.domain.adjustment import Adjustment, AdjustmentLine

router = APIRouter(prefix="/v1", tags=["inventory"])

Reader = Annotated[Caller, requires("stock:read")]
Warehouse = Annotated[Caller, requires("stock:write")]
AdjustmentId = Annotated[UUID, Path(examples=[ADJUSTMENT_ID])]

_NO_SKU = problem_responses(errors.StockNotFound, table=PROBLEMS)
_NO_ADJUSTMENT = problem_responses(errors.AdjustmentNotFound, table=PROBLEMS)
_REFUSED = problem_responses(
    errors.UnknownSkus, errors.DuplicateSkus, errors.NotEnoughStock, table=PROBLEMS
)


@router.get("/stock", operation_id="list_stock", summary="Stock of every SKU, page by page")
async def list_stock(
    _caller: Reader,
    request: Request,
    response: Response,
    reads: Reads,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> StockPage:
    """SKUs in their order."""
    after = decode_cursor(cursor, StockCursor).sku if cursor else ""
    rows = await reads.stocks(after, limit + 1)
    page = page_of(rows, limit, lambda stock: {"sku": stock.sku})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return StockPage(items=[stock_body(stock) for stock in page.items], links=links)


@router.get("/stock/{sku}", operation_id="get_stock", summary="Stock of one SKU", responses=_NO_SKU)
async def get_stock(_caller: Reader, sku: SkuInPath, reads: Reads) -> StockBody:
    """Units that are available, held for orders, and sold."""
    return stock_body(await queries.read_stock(sku, reads))


@router.get(
    "/stock/{sku}/movements",
    operation_id="list_movements",
    summary="Every change of a SKU's stock",
    responses=_NO_SKU,
)
async def list_movements(
    sku: SkuInPath,
    _caller: Reader,
    request: Request,
    response: Response,
    reads: Reads,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> MovementPage:
    """Oldest first; the changes of each bucket add up to what is in it now."""
    after = decode_cursor(cursor, MovementCursor).id if cursor else 0
    rows = await queries.list_movements(sku, after, limit + 1, reads)
    page = page_of(rows, limit, lambda movement: {"id": movement.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return MovementPage(items=[movement_body(found) for found in page.items], links=links)


@router.post(
    "/stock-adjustments",
    operation_id="adjust_stock",
    summary="Correct the stock of up to 500 SKUs",
    status_code=201,
    responses=_REFUSED,
)
async def post_adjustment(
    caller: Warehouse,
    body: AdjustmentRequest,
    response: Response,
    key: RequiredKey,
    uow: Writes,
    reads: Reads,
) -> AdjustmentBody:
    """Books all lines or none; the same Idempotency-Key again books nothing more."""
    lines = tuple(AdjustmentLine(line.sku, line.delta) for line in body.lines)
    new = Adjustment(uuid7(), body.reason, caller.subject, utcnow(), lines)
    booked_id = await adjust_stock(AdjustStock(key.scoped(caller.identity), new), uow)
    booked = new if booked_id == new.id else await queries.read_adjustment(booked_id, reads)
    response.headers["Location"] = adjustment_location(booked)
    return adjustment_body(booked)


@router.get(
    "/stock-adjustments/{adjustment_id}",
    operation_id="get_stock_adjustment",
    summary="One adjustment with its lines",
    responses=_NO_ADJUSTMENT,
)
async def get_adjustment(
    _caller: Reader, adjustment_id: AdjustmentId, reads: Reads
) -> AdjustmentBody:
    """Who changed which stock, and why."""
    return adjustment_body(await queries.read_adjustment(adjustment_id, reads))
