"""Money as a value: an integer of minor units with its ISO 4217 code.

Every price, line and total of this service is one. Pennies are counted, never rounded, and two
currencies are never added up.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orders.domain.errors import CurrencyMismatch


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` is in minor units (pence), `currency` an ISO 4217 code such as GBP."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """Raises CurrencyMismatch unless both have the same currency."""
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Raises CurrencyMismatch unless both have the same currency."""
        return self + Money(-other.amount, other.currency)

    def covers(self, other: "Money") -> bool:
        """True for as much or more of the same currency."""
        return self.currency == other.currency and self.amount >= other.amount

    def times(self, quantity: int) -> "Money":
        """Returns what `quantity` of it come to."""
        return Money(self.amount * quantity, self.currency)

    @classmethod
    def total(cls, parts: Iterable["Money"]) -> "Money":
        """Adds up at least one part; raises CurrencyMismatch when they differ in currency."""
        first, *rest = parts
        for part in rest:
            first = first + part
        return first
