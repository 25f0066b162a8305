"""The merchandiser's routes of promotions: make, read, change, end.

Each names its caller first, so that nobody without the scope learns what a request lacks.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Request, Response

from chassis.http_idempotency import RequiredKey
from chassis.pagination import Cursor, Limit, decode_cursor, page_of
from chassis.problems import problem_responses
from chassis.schemas import StrictModel
from chassis.security import Caller, requires
from orders.api import promotion_examples as examples
from orders.api.answers import answer, page_answer
from orders.api.dependencies import SeenPromotion, Services
from orders.api.problems import PROBLEMS
from orders.api.promotion_bodies import PromotionBody, PromotionOut, PromotionPatch, PromotionsOut
from orders.application.manage_promotions import (
    ChangePromotion,
    change_promotion,
    create_promotion,
    end_promotion,
    etag_of,
    promotion_path,
)
from orders.domain import errors
from orders.domain.promotions import Offered

router = APIRouter(prefix="/v1/promotions", tags=["promotions"])

Merchandiser = Annotated[Caller, requires("promotions:write")]
PromotionId = Annotated[UUID, Path(examples=[examples.PROMOTION_ID])]

_NEW = {
    "by code": {"value": examples.WELCOME},
    "automatic": {"value": examples.THREE_FOR_TWO},
}


class PromotionCursor(StrictModel):
    """The last promotion of a page."""

    id: UUID


@router.post(
    "",
    operation_id="create_promotion",
    summary="Make a promotion",
    status_code=201,
    response_model=PromotionOut,
    responses=problem_responses(
        errors.InvalidPromotion, errors.CodeTaken, errors.TooManyAutomatic, table=PROBLEMS
    ),
)
async def post_promotion(
    caller: Merchandiser,
    key: RequiredKey,
    body: Annotated[PromotionBody, Body(openapi_examples=_NEW)],
    services: Services,
) -> Response:
    """By code, or automatic without one. Code and benefit never change afterwards."""
    now = services.clock()
    made = await create_promotion(
        lambda promotion_id: body.drafted(promotion_id, now),
        key.scoped(caller.identity),
        services.unit_of_work(),
        services.promotions,
        now,
    )
    return _shown(made, 201, Location=promotion_path(made.promotion.id))


@router.get(
    "",
    operation_id="list_promotions",
    summary="List promotions, the newest first",
    response_model=PromotionsOut,
)
async def list_promotions(
    request: Request,
    _caller: Merchandiser,
    services: Services,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Those that have ended, too."""
    before = decode_cursor(cursor, PromotionCursor).id if cursor else None
    found = await services.promotions.page(before, limit + 1)
    bodies = [PromotionOut.of(each) for each in found]
    page = page_of(bodies, limit, lambda last: {"id": last.id})
    return page_answer(request, page, PromotionsOut)


@router.get(
    "/{promotion_id}",
    operation_id="read_promotion",
    summary="Read a promotion",
    response_model=PromotionOut,
    responses=problem_responses(errors.PromotionNotFound, table=PROBLEMS),
)
async def get_promotion(
    _caller: Merchandiser, promotion_id: PromotionId, services: Services
) -> Response:
    """With how many orders use it."""
    return _shown(await services.promotions.read(promotion_id))


@router.patch(
    "/{promotion_id}",
    operation_id="change_promotion",
    summary="Change a promotion",
    response_model=PromotionOut,
    responses=problem_responses(
        errors.PromotionNotFound,
        errors.PromotionChanged,
        errors.PreconditionMissing,
        errors.InvalidPromotion,
        errors.TooManyAutomatic,
        table=PROBLEMS,
    ),
)
async def patch_promotion(
    _caller: Merchandiser,
    promotion_id: PromotionId,
    body: Annotated[
        PromotionPatch,
        Body(
            media_type="application/merge-patch+json",
            openapi_examples={"limit": {"value": {"limit": 100}}},
        ),
    ],
    services: Services,
    if_match: SeenPromotion = None,
) -> Response:
    """A JSON Merge Patch: only what is in it changes. Orders that were placed keep theirs."""
    command = ChangePromotion(promotion_id, body.given(), if_match)
    await change_promotion(command, services.unit_of_work(), services.clock())
    return _shown(await services.promotions.read(promotion_id))


@router.delete(
    "/{promotion_id}",
    operation_id="end_promotion",
    summary="End a promotion",
    status_code=204,
    response_class=Response,
    responses=problem_responses(errors.PromotionNotFound, table=PROBLEMS),
)
async def delete_promotion(
    _caller: Merchandiser, promotion_id: PromotionId, services: Services
) -> Response:
    """It counts for no cart any more; its code stays its own."""
    await end_promotion(promotion_id, services.unit_of_work(), services.clock())
    return Response(status_code=204)


def _shown(offered: Offered, status: int = 200, **headers: str) -> Response:
    return answer(PromotionOut.of(offered), status, ETag=etag_of(offered.promotion), **headers)
