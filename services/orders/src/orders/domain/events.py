"""What an order records: its past-tense events, and the commands that it sends.

The unit of work takes them after each use case; adapters/event_mapping.py gives them the form
that contracts/ describes.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from orders.domain.fulfilment import Quantities, Return, Shipment
from orders.domain.money import Money
from orders.domain.saga import Command, Reason


class Actor(StrEnum):
    """Who cancelled: the buyer (a guest too), or someone of the shop."""

    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Shortage:
    """A SKU of which more was ordered than there is."""

    sku: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """The order exists."""


@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    """The stock is committed and the payment authorised."""


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """The shop could not fulfil it; nothing stays held or charged."""

    reason: Reason
    shortages: tuple[Shortage, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The buyer or the staff took it back."""

    by: Actor


@dataclass(frozen=True, slots=True)
class OrderPacked:
    """The goods are packed; nobody cancels it any more."""


@dataclass(frozen=True, slots=True)
class OrderShipped:
    """A parcel left; `complete` when it was the last."""

    shipment: Shipment
    complete: bool


@dataclass(frozen=True, slots=True)
class OrderDelivered:
    """A parcel arrived; `complete` when now all of the order has."""

    shipment: Shipment
    complete: bool


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """Somebody wants goods taken back."""

    returning: Return


@dataclass(frozen=True, slots=True)
class ReturnReceived:
    """Goods are back, and `refund` is owed for them; `complete` when all of the order is."""

    returning: Return
    refund: Money
    complete: bool


@dataclass(frozen=True, slots=True)
class ReturnRefused:
    """The shop does not take the goods."""

    returning: Return
    reason: str


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """Money went back; `refund_id` is None where the order did not ask for it."""

    refund_id: UUID | None
    amount: Money
    refunded_total: Money


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """A refund came to nothing."""

    refund_id: UUID
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class SagaCommand:
    """A question of the saga to a participant, asked for the `attempt`th time."""

    command: Command
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Take a parcel's share; with the `final` one the rest of the hold ends."""

    shipment_id: UUID
    amount: Money
    final: bool


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Give money back, once for each id."""

    refund_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class ReturnStock:
    """Put what came back on the shelf, once for each return."""

    return_id: UUID
    quantities: Quantities


OrderEvent = (
    OrderPlaced
    | OrderConfirmed
    | OrderRejected
    | OrderCancelled
    | OrderPacked
    | OrderShipped
    | OrderDelivered
    | ReturnRequested
    | ReturnReceived
    | ReturnRefused
    | OrderRefunded
    | RefundFailed
)
OrderCommand = SagaCommand | CapturePayment | RefundPayment | ReturnStock


@dataclass(frozen=True, slots=True)
class Recorded:
    """`sequence` is the order's version for an event, the number of its message for a command."""

    what: OrderEvent | OrderCommand
    sequence: int
