"""I7: no saga is open, and nothing that a saga waits for is left undone.

`gather` reads the sagas of orders and the reservations of inventory once the shop had its time.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from native.verify.findings import Findings

PENDING = "pending"


@dataclass(frozen=True, slots=True)
class SagaRow:
    """How far an order and its saga are; `open` while the saga waits for an answer."""

    order_id: str
    status: str
    state: str
    open: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A charge or a refund that an order waits for; `what` says which."""

    id: str
    order_id: str
    what: str


def check_sagas(
    sagas: Iterable[SagaRow],
    *,
    running: bool,
    asked: Iterable[Asked] = (),
    at_work: Container[str] = frozenset(),
) -> Findings:
    """In a stopped stack nobody could close a saga: there it is no fault but a note.

    `at_work` are the ids of what payments was asked for and has not ended.
    """
    found = Findings("I7", "no saga is open")
    left = 0
    for saga in sagas:
        found.count("sagas")
        if saga.open:
            left += 1
            if running:
                found.fault("open saga", saga.order_id, f"{saga.state}, order {saga.status}")
        elif saga.status == PENDING:
            found.fault("pending without a saga", saga.order_id, f"its saga is {saga.state}")
    for part in asked if running else ():
        found.count("charges and refunds under way")
        if part.id not in at_work:
            about = f"{part.what} {part.id} of order {part.order_id}"
            found.fault("asked for and forgotten", about, "payments has nothing to do for it")
    if left and not running:
        found.note(f"{left} sagas are open in a stopped stack")
    return found
