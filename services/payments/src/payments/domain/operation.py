"""One thing that we ask the provider to do for a payment, from the asking to its end.

The operation's id is the provider's idempotency key: however often we have to ask again, the
provider does it once. Operations of one payment are carried out one after the other.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from payments.domain.money import Money


class Kind(StrEnum):
    """What an operation wants; the provider is asked for any of these but UNDO.

    VOID gives up what is still held and keeps what was captured. UNDO, which compensates a
    purchase, leaves nothing held and nothing captured.
    """

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    UNDO = "undo"


class Stage(StrEnum):
    """How far an operation is. `withdrawn`: never asked, because a void came first."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Operation:
    """`amount` None means all there is; the token is there only until the provider answered.

    `subject_id` is the shipment or the refund that the saga asked it for, `reference` the
    provider's own name for a call that it has taken but not answered yet.
    """

    id: UUID
    payment_id: UUID
    kind: Kind
    amount: Money | None = None
    payment_token: str | None = None
    subject_id: UUID | None = None
    final: bool = True
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How an operation ended: why it failed where it did, and how much it moved where it did."""

    operation_id: UUID
    stage: Stage
    failure: str | None = None
    moved: Money | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What the provider is asked: a void of a captured payment, say, becomes a refund.

    After a capture that is not `final` the rest of the hold goes on.
    """

    kind: Kind
    amount: Money
    final: bool = True


@dataclass(frozen=True, slots=True)
class Approved:
    """The provider did it; `reference` is its own name for the charge."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider will not do it, for the reason that its code names.

    `hold_ended` says that nothing is held any more, whatever we believed.
    """

    reason: str
    hold_ended: bool = False


@dataclass(frozen=True, slots=True)
class Processing:
    """The provider took it and answers later; `reference` is what to ask it about."""

    reference: str


Answer = Approved | Declined
Reply = Answer | Processing
