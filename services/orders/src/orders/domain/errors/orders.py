"""What an order refuses: to be placed unseen, to be found by others, to move as it may not.

The moves' own errors are named by order.py, whose table says which moves there are.
"""

from orders.domain.errors.base import OrdersError


class PreconditionMissing(OrdersError):
    """A cart is ordered, and a promotion changed, only as it was seen (RFC 6585 section 3)."""

    def __init__(self, of: str = "cart") -> None:
        super().__init__(f"Send the {of}'s ETag in If-Match, so that nothing changes unseen.")


class ContactRequired(OrdersError):
    """A guest has no account to write to."""

    def __init__(self) -> None:
        super().__init__("A guest's order needs a contact with an e-mail address and a name.")


class OrderNotFound(OrdersError):
    """There is no such order for this caller: missing or another's."""

    def __init__(self) -> None:
        super().__init__("There is no such order.")


class OrderChanged(OrdersError):
    """If-Match names the order as it was; `etag` is that of the order as it is for the caller."""

    def __init__(self, etag: str) -> None:
        super().__init__("The order has changed; look at it again.")
        self.etag = etag


class IllegalMove(OrdersError):
    """A move that the table of moves does not have where the order stands.

    Each move that a client may ask for has its own name for it; the saga's own would be a bug.
    """

    verb = "moved"

    def __init__(self, status: str) -> None:
        super().__init__(f"An order that is {status} cannot be {self.verb}.", order_status=status)


class OrderCannotBeSettled(IllegalMove):
    """The saga confirms or rejects an order that is not pending: a bug, never a client's fault."""

    verb = "settled"


class OrderCannotBeCancelled(IllegalMove):
    """The order has gone too far, or has ended already."""

    verb = "cancelled"


class OrderCannotBePacked(IllegalMove):
    """It is not confirmed, or was packed before."""

    verb = "packed"


class OrderCannotBeShipped(IllegalMove):
    """It is not packed, or all of it has left."""

    verb = "shipped"


class OrderCannotBeDelivered(IllegalMove):
    """Nothing of it is under way."""

    verb = "delivered"


class OrderCannotBeReturned(IllegalMove):
    """Nothing of it has left, or all of it came back."""

    verb = "returned"


class OrderCannotBeRefunded(IllegalMove):
    """It ended before any money was taken, or its money goes back by itself."""

    verb = "refunded"
