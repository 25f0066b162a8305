"""The bytes themselves: the door of the folder store, and what is shown, for every store.

No operations of the API, so they stand in no OpenAPI document: the one is where presigned URLs of
development lead, the other where renditions lie, in production behind a CDN that asks the bucket.
Nothing but our own WebP files is ever sent, and as nothing else can it be taken.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from catalog.api.dependencies import Catalogue
from catalog.domain.errors import MediaNotFound, UploadRefused
from catalog.domain.media import FOR_EVER, SHOWN
from catalog.domain.pictures import ENDINGS, MAX_BYTES, NAME_PATTERN, RENDITION_TYPE
from chassis.etags import matches_weakly

# The only path under which a body may be larger than a megabyte.
UPLOADS_PATH = "/v1/media-uploads/"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UPLOAD_NAME = rf"^{_UUID}\.({'|'.join(ENDINGS.values())})$"
_HARMLESS = {
    "Cache-Control": FOR_EVER,
    # The gateway's cache is for documents, which are small and many; a CDN keeps these.
    "CDN-Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

router = APIRouter(prefix="/v1", include_in_schema=False)


@router.put("/media-uploads/{name}", operation_id="take_upload")
async def put_upload(
    name: Annotated[str, Path(pattern=_UPLOAD_NAME)],
    size: Annotated[int, Query(ge=1, le=MAX_BYTES)],
    expires: Annotated[int, Query(ge=0)],
    signature: Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")],
    content_type: Annotated[str, Header(max_length=50)],
    request: Request,
    services: Catalogue,
) -> Response:
    """Takes exactly what the URL was signed for, as often as it is sent."""
    if services.door is None:
        raise UploadRefused("Uploads go straight to the store.")
    data = await request.body()
    if len(data) != size:
        raise UploadRefused(f"The URL is for {size} bytes, and {len(data)} came.")
    await services.door.take(
        name, expires=expires, signature=signature, content_type=content_type, data=data
    )
    return Response(status_code=200)


@router.get("/media/{name}", operation_id="show_media")
async def get_media(
    name: Annotated[str, Path(pattern=NAME_PATTERN)], request: Request, services: Catalogue
) -> Response:
    """A rendition; its name is the digest of its bytes, so whoever has it has it for good."""
    headers = {**_HARMLESS, "ETag": f'"{name.partition(".")[0]}"'}
    if matches_weakly(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    data = await services.desk.media.read(SHOWN + name)
    if data is None:
        raise MediaNotFound(name)
    return Response(data, headers=headers, media_type=RENDITION_TYPE)
