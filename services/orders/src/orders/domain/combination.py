"""The best legal combination of promotions, by dynamic programming. See docs/adr/0027.

quote.py calls it with the promotions that may be used on a cart. Legal is one promotion of each
group, an exclusive one alone, and MOST_TOGETHER in all; best is what leaves the least to pay, and
of equals the one with the fewest promotions, so that none is spent for nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orders.domain.effects import Effect, Owed
from orders.domain.promotions import (
    BuyAndGet,
    FixedAmount,
    FreeShipping,
    Percentage,
    Promotion,
)

MOST_TOGETHER = 3
# Promotions work one after the other on what is left; so does it not matter who came first.
_TURN = {BuyAndGet: 0, Percentage: 1, FixedAmount: 2, FreeShipping: 3}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A promotion that may be used, with what it does to this cart."""

    promotion: Promotion
    effect: Effect


@dataclass(frozen=True, slots=True)
class Plan:
    """Some promotions in their turn, the groups that they use up, and what is then owed."""

    owed: Owed
    used: tuple[Candidate, ...] = ()
    groups: frozenset[str] = frozenset()

    def allows(self, candidate: Candidate) -> bool:
        """True when the candidate may be added."""
        return len(self.used) < MOST_TOGETHER and candidate.promotion.group not in self.groups

    def plus(self, candidate: Candidate) -> "Plan":
        """Returns the plan with one more promotion, whose turn is after all of it."""
        group = candidate.promotion.group
        groups = self.groups | {group} if group else self.groups
        return Plan(candidate.effect.on(self.owed), (*self.used, candidate), groups)

    def dominates(self, other: "Plan") -> bool:
        """True when nothing that follows can make the other plan the better one.

        It owes no more of any class, used no more promotions, and bars no further group; since
        effects are monotone, that stays so under every way to go on.
        """
        return (
            len(self.used) <= len(other.used)
            and self.groups <= other.groups
            and all(mine <= theirs for mine, theirs in zip(self.owed, other.owed, strict=True))
        )


def in_turn(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Returns the candidates in the order in which they work: by kind, then by age."""
    return sorted(candidates, key=lambda c: (_TURN[type(c.promotion.benefit)], c.promotion.id))


def best_combination(candidates: Sequence[Candidate], owed: Owed) -> Plan:
    """Returns the best legal plan; the empty one when no promotion lowers what is owed.

    Stage k decides on the k-th candidate for every plan that stage k-1 left, and keeps those that
    no other dominates. For n candidates, p plans and c classes it takes O(n * p^2 * c): p is at
    most the number of legal sets, 176 for ten candidates, and with all promotions on all goods
    at most MOST_TOGETHER + 1 for each set of groups used.
    """
    alone = [Plan(owed).plus(each) for each in candidates if each.promotion.exclusive]
    plans = [Plan(owed)]
    for candidate in in_turn(each for each in candidates if not each.promotion.exclusive):
        extended = [plan.plus(candidate) for plan in plans if plan.allows(candidate)]
        plans = _undominated([*plans, *extended])
    return min([*plans, *alone], key=lambda plan: (sum(plan.owed), len(plan.used)))


def _undominated(plans: Iterable[Plan]) -> list[Plan]:
    kept: list[Plan] = []
    for plan in sorted(plans, key=lambda plan: (sum(plan.owed), len(plan.used), len(plan.groups))):
        if not any(better.dominates(plan) for better in kept):
            kept.append(plan)
    return kept
