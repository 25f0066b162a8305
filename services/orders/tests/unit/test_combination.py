"""The best legal combination of promotions: the dynamic programme against all legal sets."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.domain.combination import MOST_TOGETHER, Candidate, best_combination, in_turn
from orders.domain.effects import Effect, Owed, classes, effect_of
from orders.domain.money import Money
from orders.domain.pricing import PricedLine
from orders.domain.promotions import (
    BuyAndGet,
    FixedAmount,
    FreeShipping,
    Percentage,
    Promotion,
)
from orders.testing.terms import a_promotion

SKUS = ["85123A", "71053", "22193"]
POUND = Money(100, "GBP")


def line(sku: str, quantity: int, pence: int) -> PricedLine:
    return PricedLine(sku, sku, quantity, Money(pence, "GBP"))


BENEFITS = st.one_of(
    st.builds(Percentage, st.integers(1, 100)),
    st.builds(lambda pence: FixedAmount(Money(pence, "GBP")), st.integers(1, 4_000)),
    st.builds(BuyAndGet, st.integers(1, 3), st.integers(1, 2)),
    st.just(FreeShipping()),
)
SCOPES = st.frozensets(st.sampled_from(SKUS), max_size=2)
KINDS = st.sampled_from(["a", "a", "b", None, None, "alone"])
LINES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 900)), min_size=1, max_size=len(SKUS)
).map(lambda parts: [line(sku, *part) for sku, part in zip(SKUS, parts, strict=False)])


@st.composite
def offers(draw: st.DrawFn) -> list[Promotion]:
    made = []
    for number in range(draw(st.integers(0, 7))):
        kind, scope = draw(KINDS), draw(SCOPES)
        alone = kind == "alone"
        group = None if alone else kind
        made.append(a_promotion(number, draw(BENEFITS), skus=scope, exclusive=alone, group=group))
    return made


def candidates(
    promotions: Sequence[Promotion], lines: Sequence[PricedLine], delivery: int
) -> tuple[list[Candidate], Owed]:
    class_of = classes(lines, promotions)
    owed = [Fraction(0)] * (max(class_of) + 1)
    for each, number in zip(lines, class_of, strict=True):
        owed[number] += each.total.amount
    found = [Candidate(p, effect_of(p, lines, class_of)) for p in promotions]
    return found, (*owed, Fraction(delivery))


def legal_sets(found: Sequence[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    for size in range(MOST_TOGETHER + 1):
        for some in combinations(found, size):
            groups = [c.promotion.group for c in some if c.promotion.group]
            alone = any(c.promotion.exclusive for c in some)
            if len(set(groups)) == len(groups) and (size == 1 or not alone):
                yield some


def chained(effects: Sequence[Effect], owed: Owed) -> Owed:
    for effect in effects:
        owed = effect.on(owed)
    return owed


@settings(max_examples=100)
@given(offers(), LINES, st.integers(0, 1_000))
def test_it_finds_what_trying_every_legal_set_finds(
    promotions: list[Promotion], lines: list[PricedLine], delivery: int
) -> None:
    found, owed = candidates(promotions, lines, delivery)
    least = min(
        (sum(chained([c.effect for c in in_turn(some)], owed)), len(some))
        for some in legal_sets(found)
    )
    best = best_combination(found, owed)
    assert (sum(best.owed), len(best.used)) == least
    assert tuple(in_turn(best.used)) == best.used
    assert best.used in [tuple(in_turn(some)) for some in legal_sets(found)]


@settings(max_examples=50)
@given(offers(), LINES, st.integers(0, 50), st.integers(0, 3))
def test_no_effect_turns_less_into_more(
    promotions: list[Promotion], lines: list[PricedLine], less: int, where: int
) -> None:
    found, owed = candidates(promotions, lines, 500)
    position = where % len(owed)
    lower = tuple(max(o - less, Fraction(0)) if n == position else o for n, o in enumerate(owed))
    for candidate in found:
        pairs = zip(candidate.effect.on(lower), candidate.effect.on(owed), strict=True)
        assert all(after_less <= after_more for after_less, after_more in pairs)


def used(promotions: Sequence[Promotion], *lines: PricedLine, delivery: int = 0) -> list[int]:
    found, owed = candidates(promotions, lines, delivery)
    return [candidate.promotion.id.int for candidate in best_combination(found, owed).used]


def test_one_promotion_of_a_group_counts() -> None:
    tenth = a_promotion(1, Percentage(10), group="sale")
    pound = a_promotion(2, FixedAmount(POUND), group="sale")
    assert used([tenth, pound], line("85123A", 1, 900)) == [2]
    assert used([tenth, pound], line("85123A", 1, 1_100)) == [1]


def test_an_exclusive_promotion_counts_alone_and_only_when_it_is_better() -> None:
    half = a_promotion(1, Percentage(50), exclusive=True)
    tenth, pound = a_promotion(2, Percentage(10)), a_promotion(3, FixedAmount(POUND))
    assert used([half, tenth, pound], line("85123A", 1, 1_000)) == [1]
    assert used([half, tenth, pound], line("85123A", 1, 200)) == [2, 3]


def test_percentages_count_before_fixed_amounts_and_on_what_is_left() -> None:
    promotions = [a_promotion(1, FixedAmount(POUND)), a_promotion(2, Percentage(50))]
    found, owed = candidates(promotions, [line("85123A", 1, 1_000)], 0)
    assert list(best_combination(found, owed).owed) == [400, 0]


def test_no_promotion_is_spent_for_nothing() -> None:
    whole, pound = a_promotion(1, Percentage(100)), a_promotion(2, FixedAmount(POUND))
    assert used([whole, pound], line("85123A", 1, 1_000)) == [1]
    assert used([a_promotion(1, FreeShipping())], line("85123A", 1, 1_000)) == []


def test_the_greedy_choice_is_not_always_the_best() -> None:
    """The promotion that gives most alone bars two that give more together."""
    promotions = [
        a_promotion(1, FixedAmount(Money(600, "GBP")), exclusive=True),
        a_promotion(2, FixedAmount(Money(400, "GBP")), group="a"),
        a_promotion(3, Percentage(40), group="b"),
    ]
    assert used(promotions, line("85123A", 1, 1_000)) == [3, 2]
