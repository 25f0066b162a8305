"""Bodies of the routes for pictures, and how a picture stands in its product's body.

`picture_routes.py` and the two versions of a product's body use them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from catalog.api.examples import PICTURE, SLUG
from catalog.api.links import Link
from catalog.domain.media import SHOWN, Invitation
from catalog.domain.pictures import (
    MAX_ALT,
    MAX_BYTES,
    RENDITION_TYPE,
    Picture,
    Upload,
    UploadStatus,
)
from chassis.schemas import StrictModel

PHOTOGRAPH = {
    "content_type": "image/jpeg",
    "size_bytes": 482113,
    "alt": "A white heart of wood with a tea light in it",
}
PICTURE_ID: str = PICTURE["id"]
_UPLOAD = "01990000-0000-7000-8000-0000000000a9"
_URL = (
    f"http://localhost:8080/v1/media-uploads/{_UPLOAD}.jpg"
    "?size=482113&expires=1790000000&signature=5e1f"
)
UPLOAD_EXAMPLE: dict[str, Any] = {
    "id": _UPLOAD,
    "status": "awaiting",
    "content_type": "image/jpeg",
    "size_bytes": 482113,
    "request": {
        "method": "PUT",
        "url": _URL,
        "headers": {"Content-Type": "image/jpeg"},
        "expires_at": "2026-09-21T13:33:20Z",
    },
    "picture_id": None,
    "reason": None,
    "_links": {
        "self": {"href": f"/v1/picture-uploads/{_UPLOAD}"},
        "product": {"href": f"/v2/products/{SLUG}"},
        "finish": {"href": f"/v1/picture-uploads/{_UPLOAD}/completion"},
    },
}


class UploadRequest(StrictModel):
    """What will be sent: its type, its exact size, and a text for who cannot see the picture."""

    content_type: Literal["image/jpeg", "image/png", "image/webp"]
    size_bytes: Annotated[int, Field(ge=1, le=MAX_BYTES)]
    alt: Annotated[str, Field(min_length=1, max_length=MAX_ALT)]


class PresignedRequest(BaseModel):
    """A request that needs no token: send the bytes with exactly this."""

    method: Literal["PUT"]
    url: str
    headers: dict[str, str]
    expires_at: datetime


class UploadBody(BaseModel):
    """An upload; `request` is there while its bytes are awaited and in the first answer only."""

    model_config = ConfigDict(json_schema_extra={"examples": [UPLOAD_EXAMPLE]})

    id: str
    status: UploadStatus
    content_type: str
    size_bytes: int
    request: PresignedRequest | None
    picture_id: str | None
    reason: str | None
    links: Annotated[dict[str, Link], Field(alias="_links")]


class RenditionBody(BaseModel):
    """One size of a picture; what lies under the URL never changes."""

    href: str
    width: int
    height: int
    type: str


class PictureBody(BaseModel):
    """A picture; `width` and `height` are the original's, renditions go from small to large."""

    id: str
    alt: str
    width: int
    height: int
    renditions: list[RenditionBody]


def picture_body(picture: Picture) -> dict[str, Any]:
    """Returns a picture as both versions show it."""
    return {
        "id": picture.id,
        "alt": picture.alt,
        "width": picture.width,
        "height": picture.height,
        "renditions": [
            {
                "href": f"/{SHOWN}{rendition.name}",
                "width": rendition.width,
                "height": rendition.height,
                "type": RENDITION_TYPE,
            }
            for rendition in picture.renditions
        ],
    }


def upload_answer(
    upload: Upload, invitation: Invitation | None = None, *, status: int = 200
) -> Response:
    """Returns the answer about an upload, with the presigned request where there is one to make."""
    here = f"/v1/picture-uploads/{upload.id}"
    links = {"self": {"href": here}, "product": {"href": f"/v2/products/{upload.product_slug}"}}
    awaited = upload.status is UploadStatus.AWAITING
    if awaited:
        links["finish"] = {"href": f"{here}/completion"}
    body = {
        "id": str(upload.id),
        "status": upload.status,
        "content_type": upload.content_type,
        "size_bytes": upload.size,
        "request": _request(invitation) if invitation and awaited else None,
        "picture_id": upload.picture_id,
        "reason": upload.reason,
        "_links": links,
    }
    headers = {"Cache-Control": "no-store"} | ({"Location": here} if status == 201 else {})
    return Response(orjson.dumps(body), status, headers, "application/json")


def _request(invitation: Invitation) -> dict[str, Any]:
    return {
        "method": "PUT",
        "url": invitation.url,
        "headers": dict(invitation.headers),
        "expires_at": invitation.expires_at,
    }
