"""The merchandiser's routes for pictures: start, finish and follow an upload, remove a picture.

The bytes go straight to the store, by the presigned request that the first of these answers with.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Response

from catalog.api import picture_bodies as bodies
from catalog.api.dependencies import Desk, Merchandiser, OptionalMatch, SlugInPath, TheShop
from catalog.api.problems import PROBLEMS
from catalog.application.finish_upload import finish_upload, upload_of
from catalog.application.remove_picture import remove_picture
from catalog.application.start_upload import StartUpload, start_upload
from catalog.domain import errors
from chassis.http_idempotency import RequiredKey
from chassis.problems import problem_responses

router = APIRouter(prefix="/v1", tags=["catalog"])

UploadInPath = Annotated[
    UUID, Path(openapi_examples={"sample": {"value": bodies.UPLOAD_EXAMPLE["id"]}})
]
PictureInPath = Annotated[
    str,
    Path(pattern=r"^[0-9a-f]{64}$", openapi_examples={"sample": {"value": bodies.PICTURE_ID}}),
]


@router.post(
    "/products/{slug}/picture-uploads",
    operation_id="start_picture_upload",
    summary="Ask for an upload of a picture",
    status_code=201,
    response_model=bodies.UploadBody,
    responses=problem_responses(
        errors.InvalidPicture,
        errors.ProductNotFound,
        errors.ProductGone,
        errors.TooManyPictures,
        table=PROBLEMS,
    ),
)
async def post_upload(
    caller: Merchandiser,
    slug: SlugInPath,
    key: RequiredKey,
    body: Annotated[
        bodies.UploadRequest, Body(openapi_examples={"photograph": {"value": bodies.PHOTOGRAPH}})
    ],
    desk: Desk,
    shop: TheShop,
) -> Response:
    """JPEG, PNG or WebP, up to 10 MiB, 25 megapixels and 10,000 pixels a side.

    Send the bytes as `request` says: with its method to its URL, with its header fields, before it
    expires; then finish the upload. A worker decodes them, drops metadata, and attaches renditions
    of 160, 480, 960 and 1920 pixels to the product. The same key again starts nothing new.
    """
    command = StartUpload(
        slug=slug,
        content_type=body.content_type,
        size=body.size_bytes,
        alt=body.alt,
        key=key.scoped(caller.identity),
    )
    upload = await start_upload(command, desk, shop)
    return bodies.upload_answer(upload, await desk.media.invite(upload), status=201)


@router.get(
    "/picture-uploads/{upload_id}",
    operation_id="get_picture_upload",
    summary="What became of an upload",
    response_model=bodies.UploadBody,
    responses=problem_responses(errors.UploadNotFound, table=PROBLEMS),
)
async def get_upload(_caller: Merchandiser, upload_id: UploadInPath, desk: Desk) -> Response:
    """`attached` and then `picture_id` says which picture it is; `refused` has a `reason`."""
    return bodies.upload_answer(await upload_of(upload_id, desk))


@router.post(
    "/picture-uploads/{upload_id}/completion",
    operation_id="finish_picture_upload",
    summary="Say that the bytes are there",
    status_code=202,
    response_model=bodies.UploadBody,
    responses=problem_responses(
        errors.UploadNotFound, errors.UploadClosed, errors.NothingUploaded, table=PROBLEMS
    ),
)
async def post_completion(_caller: Merchandiser, upload_id: UploadInPath, desk: Desk) -> Response:
    """The picture is checked from now on; saying so again changes nothing."""
    return bodies.upload_answer(await finish_upload(upload_id, desk), status=202)


@router.delete(
    "/products/{slug}/pictures/{picture_id}",
    operation_id="remove_picture",
    summary="Take a picture off a product",
    status_code=204,
    response_class=Response,
    responses=problem_responses(
        errors.ProductNotFound,
        errors.ProductGone,
        errors.PictureNotFound,
        errors.StaleProduct,
        errors.ConcurrentChange,
        table=PROBLEMS,
    ),
)
async def delete_picture(
    _caller: Merchandiser,
    slug: SlugInPath,
    picture_id: PictureInPath,
    still_current: OptionalMatch,
    shop: TheShop,
) -> Response:
    """It is shown no more; browsers that have it may keep it. If-Match is optional."""
    await remove_picture(slug, picture_id, still_current, shop)
    return Response(status_code=204)
