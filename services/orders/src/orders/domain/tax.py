"""Value added tax at the rate of the country where the goods go, on goods and delivery alike.

quote.py calls it with what is paid for each. The rates come from a data file; a country without
one is an export, which is not taxed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orders.domain.rounding import largest_remainder

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class TaxRates:
    """Rates in basis points, by ISO 3166 code: 2000 is 20 %."""

    by_country: Mapping[str, int]

    def of(self, country: str) -> int:
        """Returns the country's rate in basis points; 0 for one that is not listed."""
        return self.by_country.get(country, 0)


def taxes(amounts: Sequence[int], rate: int, *, included: bool) -> list[int]:
    """Returns the tax of each amount, in minor units; the sum is rounded once, half up.

    With `included`, the amounts contain the tax already; otherwise it comes on top of them.
    """
    return largest_remainder(
        [amount * rate for amount in amounts], WHOLE + rate if included else WHOLE
    )
