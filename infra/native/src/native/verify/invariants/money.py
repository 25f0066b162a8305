"""I1: the ledger sums to zero, and says of each payment and each order what they say themselves.

Amounts are minor units. `gather` reads the books of payments, the provider's where it is the
simulated one, and the orders.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from native.verify.findings import Findings

HELD, SALES, REFUNDS = "customer_authorisations", "sales", "refunds"
HOLDING = frozenset({"authorised", "partially_captured"})
# Orders that came to nothing: no money of theirs may stay with us, nor be held.
ENDED = frozenset({"rejected", "cancelled"})
PENDING = "pending"
# Orders of which every unit has left.
SHIPPED = frozenset({"shipped", "delivered", "returned"})


# What was posted by account and currency.
Posted = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One side of a posting; debits are positive."""

    posting_id: str
    payment_id: str
    account: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment; `amount` is None where none was ever asked for, `reference` the provider's."""

    id: str
    order_id: str
    status: str
    amount: int | None
    captured: int
    refunded: int
    reference: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """What an order says of its money."""

    id: str
    status: str
    total: int
    captured: int
    refunded: int
    currency: str


@dataclass(frozen=True, slots=True)
class Charge:
    """What the simulated provider says of a charge; `open` while it holds something."""

    captured: int
    refunded: int
    open: bool


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that is said about money, by those who say it."""

    entries: Iterable[LedgerEntry]
    payments: Sequence[PaymentRow]
    orders: Sequence[OrderMoney]
    charges: Mapping[str, Charge] | None


def check_money(books: Books) -> Findings:
    """Compares them all."""
    found = Findings("I1", "the ledger sums to zero and agrees with every order")
    posted = _ledger(books.entries, found)
    for payment in books.payments:
        found.count("payments")
        _payment(payment, posted.pop(payment.id, Counter()), found)
    for payment_id in posted:
        found.fault("posting without a payment", payment_id, "the ledger alone knows it")
    if books.charges is not None:
        _charges(books.payments, books.charges, found)
    _orders(books, found)
    return found


def _orders(books: Books, found: Findings) -> None:
    by_order: dict[str, PaymentRow] = {}
    for payment in books.payments:
        if payment.order_id in by_order:
            found.fault("two payments for an order", payment.id, f"order {payment.order_id}")
        by_order[payment.order_id] = payment
    for order in books.orders:
        found.count("orders")
        _order(order, by_order.pop(order.id, None), found)
    for order_id, payment in by_order.items():
        found.fault("payment without an order", payment.id, f"order {order_id} does not exist")


def _ledger(entries: Iterable[LedgerEntry], found: Findings) -> dict[str, Posted]:
    """Checks the sums, and returns what was posted for each payment."""
    postings: Counter[tuple[str, str]] = Counter()
    sums: Counter[str] = Counter()
    posted: defaultdict[str, Posted] = defaultdict(Counter)
    for entry in entries:
        found.count("ledger entries")
        postings[entry.posting_id, entry.currency] += entry.amount
        sums[entry.currency] += entry.amount
        posted[entry.payment_id][entry.account, entry.currency] += entry.amount
    for (posting_id, currency), total in postings.items():
        if total:
            found.fault("posting does not sum to zero", posting_id, f"{total} {currency}")
    for currency, total in sums.items():
        if total:
            found.fault("ledger does not sum to zero", currency, str(total))
    return dict(posted)


def _payment(payment: PaymentRow, posted: Posted, found: Findings) -> None:
    by_account: Counter[str] = Counter()
    for (account, currency), amount in posted.items():
        by_account[account] += amount
        if currency != payment.currency and amount:
            text = f"{amount} {currency} on {account}"
            found.fault("posted in another currency", f"payment {payment.id}", text)
    held = (payment.amount or 0) - payment.captured if payment.status in HOLDING else 0
    about = f"payment {payment.id}"
    found.expect("captured differs from the ledger", about, -by_account[SALES], payment.captured)
    found.expect("refunded differs from the ledger", about, by_account[REFUNDS], payment.refunded)
    found.expect("held differs from the ledger", about, by_account[HELD], held)
    if not 0 <= payment.refunded <= payment.captured <= (payment.amount or 0):
        amounts = f"{payment.amount} asked, {payment.captured} taken, {payment.refunded} back"
        found.fault("more than there was", about, amounts)


def _charges(
    payments: Iterable[PaymentRow], charges: Mapping[str, Charge], found: Findings
) -> None:
    """The provider's books: each payment as ours has it, and no charge that we do not know."""
    unknown = dict(charges)
    for payment in payments:
        if payment.reference is None:
            continue
        found.count("charges")
        charge = unknown.pop(payment.reference, None)
        said = None if charge is None else (charge.captured, charge.refunded)
        ours = (payment.captured, payment.refunded)
        found.expect("provider says otherwise", f"payment {payment.id}", ours, said)
    for reference, charge in unknown.items():
        if charge.open or charge.captured != charge.refunded:
            text = f"{charge.captured} taken, {charge.refunded} back, open: {charge.open}"
            found.fault("charge without a payment", reference, text)


def _order(order: OrderMoney, payment: PaymentRow | None, found: Findings) -> None:
    about = f"order {order.id}"
    ours = (payment.captured, payment.refunded) if payment else (0, 0)
    said = (order.captured, order.refunded)
    found.expect("order says otherwise", about, ours, said)
    if payment is not None and payment.amount is not None:
        total, asked = (order.total, order.currency), (payment.amount, payment.currency)
        found.expect("asked for another sum than the total", about, total, asked)
    if order.status in ENDED:
        held = payment is not None and payment.status in HOLDING
        if held or ours[0] != ours[1]:
            text = f"{order.status}, but its payment is {payment.status if payment else ''}"
            found.fault("money kept for an order that ended", about, text)
    elif order.status != PENDING and order.total and (payment is None or not payment.amount):
        found.fault("sold without a payment", about, f"{order.status}, and nothing was asked for")
