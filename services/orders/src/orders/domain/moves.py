"""The life of an order as one table: where it may stand, and what may be done to it there.

order.py makes no change of status that MOVES does not have, and the API offers only what MOVES
allows; so to know an order's life is to read this file.
"""

from collections.abc import Mapping
from enum import StrEnum

from orders.domain.errors import (
    IllegalMove,
    OrderCannotBeCancelled,
    OrderCannotBeDelivered,
    OrderCannotBePacked,
    OrderCannotBeRefunded,
    OrderCannotBeReturned,
    OrderCannotBeSettled,
    OrderCannotBeShipped,
)


class Status(StrEnum):
    """Where an order stands, as its buyer sees it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PACKED = "packed"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What may be done to an order. The saga confirms and rejects; people do the rest."""

    CONFIRM = "confirm"
    REJECT = "reject"
    CANCEL = "cancel"
    PACK = "pack"
    SHIP = "ship"
    DELIVER = "deliver"
    RETURN = "return"
    REFUND = "refund"


_SOME, _ALL = Status.PARTIALLY_SHIPPED, Status.SHIPPED

# From a status, by a move, to one of these. RETURN is asking for one, receiving and refusing it;
# money may go back whenever some was taken, which is a question of amounts and not of status.
MOVES: Mapping[Status, Mapping[Move, frozenset[Status]]] = {
    Status.PENDING: {
        Move.CONFIRM: frozenset({Status.CONFIRMED}),
        Move.REJECT: frozenset({Status.REJECTED}),
        Move.CANCEL: frozenset({Status.CANCELLED}),
    },
    Status.CONFIRMED: {
        Move.CANCEL: frozenset({Status.CANCELLED}),
        Move.PACK: frozenset({Status.PACKED}),
        Move.REFUND: frozenset({Status.CONFIRMED}),
    },
    Status.PACKED: {
        Move.SHIP: frozenset({_SOME, _ALL}),
        Move.REFUND: frozenset({Status.PACKED}),
    },
    Status.PARTIALLY_SHIPPED: {
        Move.SHIP: frozenset({_SOME, _ALL}),
        Move.DELIVER: frozenset({_SOME}),
        Move.RETURN: frozenset({_SOME}),
        Move.REFUND: frozenset({_SOME}),
    },
    Status.SHIPPED: {
        Move.DELIVER: frozenset({_ALL, Status.DELIVERED}),
        Move.RETURN: frozenset({_ALL}),
        Move.REFUND: frozenset({_ALL}),
    },
    Status.DELIVERED: {
        Move.RETURN: frozenset({Status.DELIVERED, Status.RETURNED}),
        Move.REFUND: frozenset({Status.DELIVERED}),
    },
    Status.RETURNED: {Move.REFUND: frozenset({Status.RETURNED})},
    Status.REJECTED: {},
    Status.CANCELLED: {},
}


REFUSALS: Mapping[Move, type[IllegalMove]] = {
    Move.CONFIRM: OrderCannotBeSettled,
    Move.REJECT: OrderCannotBeSettled,
    Move.CANCEL: OrderCannotBeCancelled,
    Move.PACK: OrderCannotBePacked,
    Move.SHIP: OrderCannotBeShipped,
    Move.DELIVER: OrderCannotBeDelivered,
    Move.RETURN: OrderCannotBeReturned,
    Move.REFUND: OrderCannotBeRefunded,
}


def may(status: Status, move: Move) -> bool:
    """True when the table has the move."""
    return move in MOVES[status]


def must(status: Status, move: Move, to: Status | None = None) -> None:
    """Raises the move's own IllegalMove unless the table has it, and has it end at `to`."""
    ends = MOVES[status].get(move, frozenset())
    if not ends or (to is not None and to not in ends):
        raise REFUSALS[move](status)
