"""A merchandiser sets one variant's price. Called by PUT …/variants/{sku}/price."""

from dataclasses import dataclass

from catalog.application.change_product import StillCurrent, current_product, save_current
from catalog.application.shop import Shop
from catalog.domain.money import Money, checked_price
from catalog.domain.product import Product


@dataclass(frozen=True, slots=True)
class ChangePrice:
    """`sku` in upper case, as the catalogue keeps it."""

    slug: str
    sku: str
    price: Money
    still_current: StillCurrent


async def change_price(command: ChangePrice, shop: Shop) -> Product:
    """Returns the product with its new price; the same price again changes nothing.

    Raises ProductNotFound, ProductGone, VariantNotFound, StaleProduct, InvalidPrice or
    CurrencyMismatch.
    """
    price = checked_price(command.price, shop.currency)
    product = await current_product(command.slug, command.still_current, shop)
    product.set_price(command.sku, price)
    return await save_current(product, shop)
