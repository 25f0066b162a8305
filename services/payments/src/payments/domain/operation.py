"""One thing that we ask the provider to do for a payment, from the asking to its end.

The operation's id is the provider's idempotency key: however often we have to ask again, the
provider does it once. Operations of one payment are carried out one after the other.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from payments.domain.money import Money


class Kind(StrEnum):
    """What an operation wants, and what the provider can be asked for."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Stage(StrEnum):
    """How far an operation is. `withdrawn`: never asked, because a void came first."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Operation:
    """`amount` None means all there is; the token is there only until the provider answered."""

    id: UUID
    payment_id: UUID
    kind: Kind
    amount: Money | None = None
    payment_token: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What the provider is asked: a void of a captured payment, say, becomes a refund."""

    kind: Kind
    amount: Money


@dataclass(frozen=True, slots=True)
class Approved:
    """The provider did it; `reference` is its own name for the charge."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider will not do it, for the reason that its code names."""

    reason: str


Answer = Approved | Declined
