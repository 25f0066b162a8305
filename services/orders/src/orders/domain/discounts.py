"""What promotions take off a cart: the best legal combination of them, in whole pennies.

quote.py calls it. The amounts are exact until the combination is found; then the sum is rounded
once, and lines and promotions get their parts of it by the largest remainder.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from orders.domain.combination import Candidate, Plan, best_combination
from orders.domain.effects import Owed, classes, effect_of
from orders.domain.money import Money
from orders.domain.pricing import PricedLine
from orders.domain.promotions import AppliedPromotion, Offered, Refusal
from orders.domain.rounding import largest_remainder


@dataclass(frozen=True, slots=True)
class Discounts:
    """Minor units off each line, in the order of the lines, and off the delivery."""

    by_line: Sequence[int]
    off_delivery: int = 0
    applied: tuple[AppliedPromotion, ...] = ()
    refused: tuple[tuple[str, Refusal], ...] = ()


def discounts(
    lines: Sequence[PricedLine],
    delivery: int,
    offered: Sequence[Offered],
    now: datetime,
    *,
    is_guest: bool,
) -> Discounts:
    """Returns the discounts on lines of one currency and on a delivery of this price.

    `refused` has the code of each promotion that is not applied, with the reason.
    """
    if not offered:
        return Discounts([0] * len(lines))
    subtotal = Money.total(line.total for line in lines)
    refusals = {o.promotion: o.refusal(subtotal, now, is_guest=is_guest) for o in offered}
    usable = [promotion for promotion, refusal in refusals.items() if refusal is None]
    class_of = classes(lines, usable)
    owed = _owed(lines, class_of, delivery)
    plan = best_combination([Candidate(p, effect_of(p, lines, class_of)) for p in usable], owed)
    used = {candidate.promotion for candidate in plan.used}
    for promotion in usable:
        idle = effect_of(promotion, lines, class_of).on(owed) == owed
        refusals[promotion] = Refusal.NOTHING_QUALIFIES if idle else Refusal.NOT_COMBINED
    return Discounts(
        by_line=_by_line(lines, class_of, owed, plan.owed),
        off_delivery=int(owed[-1] - plan.owed[-1]),
        applied=_applied(plan, owed, subtotal.currency),
        refused=tuple(
            (promotion.code, why)
            for promotion, why in refusals.items()
            if promotion.code and why and promotion not in used
        ),
    )


def _owed(lines: Sequence[PricedLine], class_of: Sequence[int], delivery: int) -> Owed:
    sums = [Fraction(0)] * (max(class_of) + 1)
    for line, number in zip(lines, class_of, strict=True):
        sums[number] += line.total.amount
    return (*sums, Fraction(delivery))


def _by_line(
    lines: Sequence[PricedLine], class_of: Sequence[int], before: Owed, after: Owed
) -> list[int]:
    """Each line of a class is lowered by the same part."""
    parts = [1 - a / b if b else Fraction(0) for b, a in zip(before[:-1], after[:-1], strict=True)]
    pairs = zip(lines, class_of, strict=True)
    return _rounded([line.total.amount * parts[number] for line, number in pairs])


def _applied(plan: Plan, owed: Owed, currency: str) -> tuple[AppliedPromotion, ...]:
    goods, delivery = [], []
    for candidate in plan.used:
        left = candidate.effect.on(owed)
        goods.append(sum(owed[:-1], Fraction(0)) - sum(left[:-1], Fraction(0)))
        delivery.append(int(owed[-1] - left[-1]))
        owed = left
    amounts = [one + other for one, other in zip(_rounded(goods), delivery, strict=True)]
    return tuple(
        AppliedPromotion(p.id, p.name, p.code, Money(amount, currency), p.is_limited)
        for p, amount in zip((c.promotion for c in plan.used), amounts, strict=True)
    )


def _rounded(exact: Iterable[Fraction]) -> list[int]:
    parts = list(exact)
    denominator = math.lcm(*(part.denominator for part in parts))
    return largest_remainder([int(part * denominator) for part in parts], denominator)
