"""What an order records: its past-tense events, and the commands that its saga sends.

The unit of work takes them after each use case; adapters/event_mapping.py gives them the form
that contracts/ describes.
"""

from dataclasses import dataclass
from enum import StrEnum

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
class SagaCommand:
    """Something to be told to a participant."""

    command: Command


OrderEvent = OrderPlaced | OrderConfirmed | OrderRejected | OrderCancelled


@dataclass(frozen=True, slots=True)
class Recorded:
    """`sequence` is the order's version for an event, the saga's message number for a command."""

    what: OrderEvent | SagaCommand
    sequence: int
