"""What a promotion does to what is still to be paid, as a function that combination.py chains.

Goods that the same promotions cover are one class, for those cannot tell them apart. The amounts
are exact fractions: nothing is rounded before the end. No effect turns a lower amount into a
higher one than it makes of a higher amount; the search for the best combination rests on that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from orders.domain.money import Money
from orders.domain.pricing import PricedLine
from orders.domain.promotions import BuyAndGet, FixedAmount, Percentage, Promotion

# What is left to pay for each class of goods; the last is the delivery's.
Owed = tuple[Fraction, ...]


class Effect(Protocol):
    """Lowers what is owed, and never below nothing."""

    def on(self, owed: Owed) -> Owed:
        """Returns what is owed afterwards."""


@dataclass(frozen=True, slots=True)
class Lower:
    """Takes a part of each class that it covers."""

    covered: frozenset[int]
    part: Fraction

    def on(self, owed: Owed) -> Owed:
        """See `Effect.on`."""
        kept = 1 - self.part
        return tuple(o * kept if c in self.covered else o for c, o in enumerate(owed))


@dataclass(frozen=True, slots=True)
class TakeOff:
    """Takes an amount off the classes that it covers, from each in proportion."""

    covered: frozenset[int]
    amount: int

    def on(self, owed: Owed) -> Owed:
        """See `Effect.on`."""
        whole = sum((owed[c] for c in self.covered), Fraction(0))
        part = min(Fraction(self.amount) / whole, Fraction(1)) if whole else Fraction(0)
        return Lower(self.covered, part).on(owed)


@dataclass(frozen=True, slots=True)
class WaiveDelivery:
    """Takes off what the delivery costs."""

    def on(self, owed: Owed) -> Owed:
        """See `Effect.on`."""
        return (*owed[:-1], Fraction(0))


def classes(lines: Sequence[PricedLine], promotions: Sequence[Promotion]) -> list[int]:
    """Returns the class of each line; lines of one class are covered by the same promotions."""
    numbers: dict[tuple[bool, ...], int] = {}
    scopes = [promotion.skus for promotion in promotions if promotion.skus]
    return [
        numbers.setdefault(tuple(line.sku in scope for scope in scopes), len(numbers))
        for line in lines
    ]


def effect_of(promotion: Promotion, lines: Sequence[PricedLine], class_of: Sequence[int]) -> Effect:
    """Returns what the promotion does to these lines, of one currency."""
    pairs = zip(lines, class_of, strict=True)
    mine = [(line, c) for line, c in pairs if not promotion.skus or line.sku in promotion.skus]
    covered = frozenset(c for _, c in mine)
    match promotion.benefit:
        case Percentage(percent):
            return Lower(covered, Fraction(percent, 100))
        case FixedAmount(amount):
            return TakeOff(covered, _same_currency(amount, lines))
        case BuyAndGet(buy, free):
            return TakeOff(covered, _free_units((line for line, _ in mine), buy, free))
    return WaiveDelivery()


def _same_currency(amount: Money, lines: Sequence[PricedLine]) -> int:
    return amount.amount if lines[0].unit_price.currency == amount.currency else 0


def _free_units(lines: Iterable[PricedLine], buy: int, free: int) -> int:
    """Returns what the cheapest units come to, as many as are free."""
    cheapest_first = sorted(lines, key=lambda line: line.unit_price.amount)
    left = sum(line.quantity for line in cheapest_first) // (buy + free) * free
    value = 0
    for line in cheapest_first:
        units = min(left, line.quantity)
        value += units * line.unit_price.amount
        left -= units
    return value
