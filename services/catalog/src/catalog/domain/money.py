"""Prices: an integer of minor units with its ISO 4217 code, never a fraction.

`product` checks every price that it takes in by `checked_price`.
"""

from dataclasses import dataclass

from catalog.domain.errors import CurrencyMismatch, InvalidPrice

# Ten million pounds: far above any gift, far below what a 64-bit sum could overflow.
MAX_AMOUNT = 1_000_000_000


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`amount` in minor units (pence for GBP)."""

    amount: int
    currency: str


def checked_price(price: Money, currency: str) -> Money:
    """Returns the price; raises InvalidPrice outside 1 to MAX_AMOUNT, and CurrencyMismatch
    where it is not in the shop's `currency`."""
    if price.currency != currency:
        raise CurrencyMismatch(price.currency, currency)
    if not 0 < price.amount <= MAX_AMOUNT:
        raise InvalidPrice(price.amount)
    return price
