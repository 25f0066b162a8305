"""What promotions and their codes refuse.

Raised by the promotion itself, by the merchandiser's use cases, and by a cart that takes a code.
"""

from orders.domain.errors.base import OrdersError


class InvalidPromotion(OrdersError):
    """A promotion that contradicts itself."""


class PromotionNotFound(OrdersError):
    """There is no such promotion."""

    def __init__(self) -> None:
        super().__init__("There is no such promotion.")


class PromotionChanged(OrdersError):
    """If-Match names an older state of the promotion."""

    def __init__(self) -> None:
        super().__init__("The promotion has changed; read it again.")


class CodeTaken(OrdersError):
    """Two promotions never have one code, not even after the first has ended."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Another promotion has the code {code}.", code=code)


class TooManyAutomatic(OrdersError):
    """Every automatic promotion is tried on every cart, so there are few of them at a time."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} automatic promotions run at a time.", limit=limit)


class CodeNotUsable(OrdersError):
    """The code does not exist, or nothing that the buyer may do would make it work."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(
            f"The code {code} cannot be used: {reason.replace('_', ' ')}.", code=code, reason=reason
        )


class TooManyCodes(OrdersError):
    """More codes than a cart may hold."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A cart holds at most {limit} codes.", limit=limit)
