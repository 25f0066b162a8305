"""I1, bill by bill: what an order's total is made of adds up to the penny, and each promotion is
counted for every order that uses it, within its limits.

`gather` reads the orders with the sums of their lines, and the counts of uses. Minor units.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from native.verify.findings import Findings
from native.verify.invariants.money import ENDED

ANYBODY = ""

# A promotion, and the account whose uses are counted: ANYBODY for those of all.
Use = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Bill:
    """An order's amounts, the sums of its lines, and the limited promotions that it uses."""

    order_id: str
    status: str
    customer: str | None
    subtotal: int
    discount: int
    shipping: int
    tax: int
    shipping_tax: int
    prices_include_tax: bool
    total: int
    lines_subtotal: int
    lines_discount: int
    lines_tax: int
    limited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a promotion is said to be used, and how often it may be."""

    used: int
    most: int | None


def check_bills(bills: Iterable[Bill], uses: Mapping[Use, Uses], found: Findings) -> None:
    """Adds up every bill, and counts the uses of promotions by orders that did not end."""
    counted: Counter[Use] = Counter()
    for bill in bills:
        found.count("bills")
        _adds_up(bill, found)
        if bill.status not in ENDED:
            for customer in {ANYBODY, bill.customer or ANYBODY}:
                counted.update((promotion, customer) for promotion in bill.limited)
    for use in counted.keys() | uses.keys():
        found.count("limits of promotions")
        said = uses.get(use, Uses(0, None))
        about = f"promotion {use[0]} {use[1] or 'in all'}"
        found.expect("uses of a promotion differ from its orders", about, counted[use], said.used)
        if said.most is not None and said.used > said.most:
            found.fault("promotion used too often", about, f"{said.used} of {said.most}")


def _adds_up(bill: Bill, found: Findings) -> None:
    about = f"order {bill.order_id}"
    net = bill.subtotal - bill.discount + bill.shipping
    total = net if bill.prices_include_tax else net + bill.tax
    found.expect("total is not its parts", about, total, bill.total)
    found.expect("subtotal is not its lines", about, bill.lines_subtotal, bill.subtotal)
    found.expect("discount is not its lines", about, bill.lines_discount, bill.discount)
    found.expect("tax is not its lines", about, bill.lines_tax + bill.shipping_tax, bill.tax)
