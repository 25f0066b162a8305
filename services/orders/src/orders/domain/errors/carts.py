"""What a cart refuses: SKUs, quantities, and tokens that do not fit.

Raised by the cart and by its stores; placing an order looks at a cart too.
"""

from collections.abc import Iterable
from uuid import UUID

from orders.domain.errors.base import OrdersError


class CurrencyMismatch(OrdersError):
    """Prices in two currencies cannot be added up."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(
            f"Prices in {one} and {other} cannot be in one cart.", currencies=[one, other]
        )


class UnknownSku(OrdersError):
    """No product of the catalogue has these SKUs."""

    def __init__(self, skus: Iterable[str]) -> None:
        named = sorted(skus)
        super().__init__(f"No product has the SKU {', '.join(named)}.", skus=named)


class ProductWithdrawn(OrdersError):
    """These SKUs were sold once, but can no longer be ordered."""

    def __init__(self, skus: Iterable[str]) -> None:
        named = sorted(skus)
        super().__init__(f"{', '.join(named)} can no longer be ordered.", skus=named)


class RepeatedSku(OrdersError):
    """A list of items names one SKU twice, so its quantity is not clear."""

    def __init__(self, skus: Iterable[str]) -> None:
        named = sorted(skus)
        super().__init__(f"{', '.join(named)} is listed more than once.", skus=named)


class CartNotFound(OrdersError):
    """There is no such cart for this caller: missing, expired, merged or another's."""

    def __init__(self) -> None:
        super().__init__("There is no such cart.")


class CartOrdered(OrdersError):
    """The cart became an order and changes no more."""

    def __init__(self, order_id: UUID) -> None:
        location = f"/v1/orders/{order_id}"
        super().__init__(
            "This cart has been ordered.",
            order_id=str(order_id),
            _links={"order": {"href": location}},
        )
        self.order_id = order_id


class CartFull(OrdersError):
    """More lines than a cart may hold."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A cart holds at most {limit} lines.", limit=limit)


class QuantityTooLarge(OrdersError):
    """Merging would add up to more of a SKU than a line may hold."""

    def __init__(self, sku: str, limit: int) -> None:
        super().__init__(f"A line holds at most {limit} of {sku}.", sku=sku, limit=limit)


class CartEmpty(OrdersError):
    """There is nothing to order."""

    def __init__(self) -> None:
        super().__init__("An empty cart cannot be ordered.")


class CartChanged(OrdersError):
    """If-Match names an older cart: a line or a price moved since. Carries the cart as it is."""

    def __init__(self, *, etag: str, cart: object) -> None:
        super().__init__(
            "The cart or a price in it has changed; look at it again.", etag=etag, cart=cart
        )
        self.etag = etag


class CartTokenRequired(OrdersError):
    """A guest's creation can only be retried safely with a token that the guest chose."""

    def __init__(self) -> None:
        super().__init__(
            "A guest who sends an Idempotency-Key must bring a Cart-Token of their own "
            "(43 characters, base64url of 32 random bytes), since the answer shows it only once."
        )


class CartTokenMalformed(OrdersError):
    """Nothing that could be a guest's secret."""

    def __init__(self) -> None:
        super().__init__("A Cart-Token has 43 characters: 32 random bytes in base64url.")
