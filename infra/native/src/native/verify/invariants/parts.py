"""I1, part by part: each shipment is paid for once, each refund goes back once, by its own amount.

Orders asks payments for money for a shipment, or back for a refund, by the id of either; the
ledger has that id on what came of it. What staff do by hand has none and is not compared here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from native.verify.findings import Findings
from native.verify.invariants.money import SHIPPED, OrderMoney

SALES, REFUNDS = "sales", "refunds"


@dataclass(frozen=True, slots=True)
class Part:
    """A shipment's charge or a refund, as its order has it. `done`: payments said that it is."""

    order_id: str
    account: str
    amount: int
    done: bool


@dataclass(frozen=True, slots=True)
class PostedPart:
    """What the ledger has under the id of a shipment or a refund; minor units, never negative."""

    subject_id: str
    account: str
    amount: int


def check_parts(parts: Mapping[str, Part], posted: Iterable[PostedPart], found: Findings) -> None:
    """`parts` are by their ids. Both sides have to agree on each of them."""
    seen: set[str] = set()
    for one in posted:
        part = parts.get(one.subject_id)
        if part is None or part.account != one.account:
            text = f"{one.amount} posted to {one.account}"
            found.fault("posted for what no order has", one.subject_id, text)
        elif one.subject_id in seen:
            found.fault("posted twice", _about(one.subject_id, part), f"{one.amount} again")
        else:
            _agree(one, part, found)
        seen.add(one.subject_id)
    for part_id, part in parts.items():
        found.count("shipments" if part.account == SALES else "refunds")
        if part.done and part.amount and part_id not in seen:
            text = f"{part.amount} is done for the order, and not in the ledger"
            found.fault("done without a posting", _about(part_id, part), text)


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """Goods that were received and are worth something: how many refunds are theirs."""

    id: str
    order_id: str
    refunds: int


def check_charged(orders: Iterable[OrderMoney], parts: Mapping[str, Part], found: Findings) -> None:
    """What left as a whole, and whose every charge was taken, was paid for to the penny."""
    missing = {p.order_id for p in parts.values() if p.account == SALES and p.amount and not p.done}
    for order in orders:
        if order.status in SHIPPED and order.id not in missing:
            clause, about = "all of it left and another sum was taken", f"order {order.id}"
            found.expect(clause, about, order.total, order.captured)


def check_returned(returns: Iterable[GoodsBack], found: Findings) -> None:
    """The share of what came back goes back, and once."""
    for back in returns:
        found.count("returns")
        about = f"return {back.id} of order {back.order_id}"
        found.expect("goods came back and were not refunded once", about, 1, back.refunds)


def _agree(one: PostedPart, part: Part, found: Findings) -> None:
    about = _about(one.subject_id, part)
    found.expect("other amount than was asked", about, part.amount, one.amount)
    if not part.done:
        found.fault("posted and not done", about, f"{one.amount} is in the ledger, the order waits")


def _about(part_id: str, part: Part) -> str:
    return f"{part_id} of order {part.order_id}"
