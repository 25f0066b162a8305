"""A merchandiser takes a product off the shelves. Called by DELETE /v1/products/{slug}."""

from dataclasses import dataclass

from catalog.application.change_product import StillCurrent, current_product
from catalog.application.keep_changing import keep_changing
from catalog.application.shop import Shop
from catalog.domain.product import Product


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

    async def withdrawn() -> Product:
        product = await current_product(command.slug, command.still_current, shop)
        product.withdraw()
        return product

    await keep_changing(withdrawn, shop)
