"""The double-entry ledger: what each step of a payment posts.

Debits are positive and credits negative, in minor units; a posting that does not sum to zero
cannot be made. Authorisations are kept as a pair of memorandum accounts, so that money a
customer's bank merely holds for us never looks like money that we have.
"""

from dataclasses import dataclass
from enum import StrEnum

from payments.domain.errors import UnbalancedPosting
from payments.domain.money import Money


class Account(StrEnum):
    """The chart of accounts."""

    CUSTOMER_AUTHORISATIONS = "customer_authorisations"  # held for us by the customers' banks
    AUTHORISED_SALES = "authorised_sales"  # the other side of what is held
    PROVIDER_RECEIVABLE = "provider_receivable"  # what the provider owes us
    SALES = "sales"
    REFUNDS = "refunds"


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting: a debit (positive) or a credit (negative) of an account."""

    account: Account
    money: Money


@dataclass(frozen=True, slots=True)
class Posting:
    """What one operation does to the books; raises UnbalancedPosting unless it sums to zero."""

    reason: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for entry in self.entries:
            currency = entry.money.currency
            sums[currency] = sums.get(currency, 0) + entry.money.amount
        if any(sums.values()):
            raise UnbalancedPosting(f"{self.reason} sums to {sums}")


def hold(amount: Money) -> Posting:
    """The customer's bank holds the amount for us."""
    return Posting("hold", _held(amount))


def release(amount: Money) -> Posting:
    """The hold is given up and nothing was taken."""
    return Posting("release", _held(-amount))


def sale(ended: Money, captured: Money) -> Posting:
    """A part of the hold ends, or all of it, and what is captured the provider owes us."""
    taken = (
        Entry(Account.PROVIDER_RECEIVABLE, captured),
        Entry(Account.SALES, -captured),
    )
    return Posting("sale", _held(-ended) + taken)


def refund(amount: Money) -> Posting:
    """Money goes back to the customer out of what the provider owes us."""
    return Posting(
        "refund",
        (Entry(Account.REFUNDS, amount), Entry(Account.PROVIDER_RECEIVABLE, -amount)),
    )


def _held(amount: Money) -> tuple[Entry, ...]:
    return (
        Entry(Account.CUSTOMER_AUTHORISATIONS, amount),
        Entry(Account.AUTHORISED_SALES, -amount),
    )
