"""Money as an integer of minor units (pence) with its ISO 4217 code.

Everything in this service that has an amount uses it; there are no floats and no rounding here.
"""

from dataclasses import dataclass

from payments.domain.errors import CurrencyMismatch


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units; adding two currencies raises CurrencyMismatch."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._alike(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._alike(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._alike(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _alike(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} was given where {other.currency} is due.")
        return other.amount
