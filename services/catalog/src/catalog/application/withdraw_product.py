"""A merchandiser takes a product off the shelves. Called by DELETE /v1/products/{slug}."""

from contextlib import suppress
from dataclasses import dataclass

from catalog.application.change_product import StillCurrent, current_product
from catalog.application.shop import Shop
from catalog.domain.errors import ConcurrentChange

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class WithdrawProduct:
    """`still_current` says whether the product is as the client saw it."""

    slug: str
    still_current: StillCurrent


async def withdraw_product(command: WithdrawProduct, shop: Shop) -> None:
    """Withdraws the product; a second time changes nothing.

    Raises ProductNotFound, StaleProduct where the client named a version and it is another, or
    ConcurrentChange when others keep changing the product.
    """
    for _attempt in range(_ATTEMPTS):
        product = await current_product(command.slug, command.still_current, shop)
        product.withdraw()
        with suppress(ConcurrentChange):
            await shop.products.save(product)
            await shop.forget([product.slug])
            return
    raise ConcurrentChange
