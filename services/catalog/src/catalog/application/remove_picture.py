"""A merchandiser takes a picture off a product. Called by DELETE …/pictures/{picture_id}.

The renditions stay until the sweep, since another product may show the same; caches that have one
may show it for as long as they were told.
"""

from catalog.application.change_product import StillCurrent, current_product
from catalog.application.keep_changing import keep_changing
from catalog.application.shop import Shop
from catalog.domain.product import Product


async def remove_picture(
    slug: str, picture_id: str, still_current: StillCurrent, shop: Shop
) -> None:
    """Takes the picture off.

    Raises ProductNotFound, ProductGone, PictureNotFound, StaleProduct where the client named a
    version and it is another, or ConcurrentChange when others keep changing the product.
    """

    async def without() -> Product:
        product = await current_product(slug, still_current, shop)
        product.remove_picture(picture_id)
        return product

    await keep_changing(without, shop)
