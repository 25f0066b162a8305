"""A merchandiser wants to upload a picture of a product. Called by POST …/picture-uploads.

The bytes never pass through the API: the answer is a presigned request for exactly the type and
size that were announced, straight to the store.
"""

from dataclasses import dataclass

from catalog.application.picture_desk import PictureDesk, responsibility
from catalog.application.shop import Shop
from catalog.domain.errors import ProductGone, ProductNotFound, TooManyPictures
from catalog.domain.media import AlreadyStarted
from catalog.domain.pictures import MAX_PICTURES, Upload, new_upload
from catalog.domain.ports import CreationKey
from chassis.clock import utcnow
from chassis.idempotency import IdempotencyKey, KeyReused
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class StartUpload:
    """`size` in bytes; `alt` is the text for who cannot see the picture."""

    slug: str
    content_type: str
    size: int
    alt: str
    key: IdempotencyKey


async def start_upload(command: StartUpload, desk: PictureDesk, shop: Shop) -> Upload:
    """Returns the ticket that this request made, now or the first time it came.

    Raises InvalidPicture, ProductNotFound, ProductGone, TooManyPictures, or KeyReused.
    """
    key = CreationKey(f"{command.key.scope} {command.key.key}", command.key.fingerprint)
    if (earlier := await desk.uploads.started_under(key)) is not None:
        return _repeated(earlier, command.key)
    product = await shop.products.by_slug(command.slug)
    if product is None:
        raise ProductNotFound(command.slug)
    if product.withdrawn:
        raise ProductGone(command.slug)
    if len(product.pictures) >= MAX_PICTURES:
        raise TooManyPictures(command.slug, MAX_PICTURES)
    upload = new_upload(
        id=uuid7(),
        slug=command.slug,
        content_type=command.content_type,
        size=command.size,
        alt=command.alt,
        now=utcnow(),
        responsible=responsibility(),
    )
    try:
        await desk.uploads.add(upload, key)
    except AlreadyStarted as twin:
        return _repeated(twin, command.key)
    return upload


def _repeated(earlier: AlreadyStarted, key: IdempotencyKey) -> Upload:
    if earlier.fingerprint != key.fingerprint:
        raise KeyReused(key.key)
    return earlier.upload
