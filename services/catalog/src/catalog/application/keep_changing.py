"""Changes a product until nobody else's change comes in between; within reason.

Called by use cases whose change fits whatever the product has become: it is read anew each time.
A change that was made to a version which the client saw is refused instead (`change_product`).
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from catalog.application.shop import Shop
from catalog.domain.errors import ConcurrentChange
from catalog.domain.product import Product

_ATTEMPTS = 5


async def keep_changing(changed: Callable[[], Awaitable[Product]], shop: Shop) -> None:
    """Stores what `changed` reads and changes, and forgets the product's cached answers.

    Raises ConcurrentChange when others keep changing the product, and what `changed` raises.
    """
    for _attempt in range(_ATTEMPTS):
        product = await changed()
        with suppress(ConcurrentChange):
            await shop.products.save(product)
            await shop.forget([product.slug])
            return
    raise ConcurrentChange
