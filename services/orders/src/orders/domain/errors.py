"""Everything that a cart or an order refuses, by name.

The domain and the use cases raise these; api/problems.py has one row for each and turns it into
an RFC 9457 problem. The text becomes the problem's `detail`, `extras` its further members.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID


class OrdersError(Exception):
    """The base of all of them. `extras` are JSON-ready members for the problem document."""

    def __init__(self, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.extras = extras


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


class PreconditionMissing(OrdersError):
    """An order is placed only on a cart that the buyer has seen (RFC 6585 section 3)."""

    def __init__(self) -> None:
        super().__init__("Send the cart's ETag in If-Match, so that no price changes unseen.")


class ContactRequired(OrdersError):
    """A guest has no account to write to."""

    def __init__(self) -> None:
        super().__init__("A guest's order needs a contact with an e-mail address and a name.")


class OrderNotFound(OrdersError):
    """There is no such order for this caller: missing or another's."""

    def __init__(self) -> None:
        super().__init__("There is no such order.")


class OrderCannotBeCancelled(OrdersError):
    """The order has gone too far, or has ended already."""

    def __init__(self, status: str) -> None:
        super().__init__(f"An order that is {status} cannot be cancelled.", status=status)


class IllegalMove(OrdersError):
    """A transition that the table of moves does not have: a bug, never a client's fault."""

    def __init__(self, status: str, to: str) -> None:
        super().__init__(f"An order that is {status} cannot become {to}.")
