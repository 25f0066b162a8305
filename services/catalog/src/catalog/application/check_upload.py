"""Takes one uploaded picture in: bytes to renditions, renditions to the product, ticket to its end.

The worker calls it, again and again until the ticket has ended, so each step bears being done
twice: the report is found, the product remembers which uploads it took, and what was cleared away
stays away. Its order is what a crash may cut anywhere.
"""

from dataclasses import replace

from catalog.application.keep_changing import keep_changing
from catalog.application.picture_desk import PictureDesk, answering
from catalog.application.render_upload import Report, render_upload, report_key, report_of
from catalog.application.shop import Shop
from catalog.domain.errors import ProductGone, ProductNotFound, TooManyPictures
from catalog.domain.media import MediaStoreDown
from catalog.domain.pictures import MAX_ATTEMPTS, Picture, Upload
from catalog.domain.product import Product
from chassis.clock import utcnow

_UNDECODABLE = "Nobody could decode it."
_LOST = "Its bytes are gone; upload it again."


async def check_upload(upload: Upload, desk: PictureDesk, shop: Shop) -> bool:
    """Brings a ticket to its end; False where it was left to others, or others have it.

    Raises MediaStoreDown, ConcurrentChange, and what a database raises: then it is tried again.
    """
    report = await report_of(upload.source_key, desk.media)
    if report is None:
        if _left_to_function(upload, desk):
            return False
        begun = upload.begun()
        if not await desk.uploads.save(begun):
            return False
        upload, report = begun, await _looked_at(begun, desk)
    ended = await _ended(upload, report, shop)
    if not await desk.uploads.save(ended):
        return False
    await clear_away(upload, desk)
    return True


async def clear_away(upload: Upload, desk: PictureDesk) -> None:
    """Deletes what the client sent and the report on it; the renditions are the product's."""
    await desk.media.delete(upload.source_key)
    await desk.media.delete(report_key(upload.source_key))


def _left_to_function(upload: Upload, desk: PictureDesk) -> bool:
    return upload.told_at is not None and utcnow() < upload.told_at + desk.left_to_function


async def _looked_at(upload: Upload, desk: PictureDesk) -> Report:
    """The attempt was counted before, so what kills its reader is refused in the end.

    A store that is away or full is not the bytes' fault, and the attempt does not count.
    """
    if upload.attempts > MAX_ATTEMPTS:
        return Report(refused=_UNDECODABLE)
    try:
        report = await render_upload(upload.source_key, desk.media, desk.painter)
    except MediaStoreDown:
        await desk.uploads.save(upload.spared())
        raise
    return report or Report(refused=_LOST)


async def _ended(upload: Upload, report: Report, shop: Shop) -> Upload:
    if report.picture is None:
        return upload.refused(report.refused or _UNDECODABLE)
    picture = replace(report.picture, alt=upload.alt)
    try:
        await _attach(picture, upload, shop)
    except (ProductNotFound, ProductGone, TooManyPictures) as error:
        return upload.refused(str(error))
    return upload.attached(picture.id)


async def _attach(picture: Picture, upload: Upload, shop: Shop) -> None:
    async def shown() -> Product:
        product = await shop.products.by_slug(upload.product_slug)
        if product is None:
            raise ProductNotFound(upload.product_slug)
        product.attach(picture, str(upload.id))
        return product

    with answering(upload.responsible):
        await keep_changing(shown, shop)
