"""Rounding: the parts add up to the rounded sum, and none is far from its exact value."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.rounding import half_up, largest_remainder
from orders.domain.tax import TaxRates, taxes

PENCE = st.integers(0, 10**6)


@given(st.lists(PENCE), st.integers(1, 12_550))
def test_parts_add_up_to_the_rounded_sum(numerators: list[int], denominator: int) -> None:
    parts = largest_remainder(numerators, denominator)
    assert sum(parts) == half_up(sum(numerators), denominator)
    for part, numerator in zip(parts, numerators, strict=True):
        exact = Fraction(numerator, denominator)
        assert exact - 1 < part < exact + 1


@given(st.lists(st.tuples(PENCE, PENCE), min_size=1), st.integers(1, 1000))
def test_no_part_passes_a_whole_limit_that_its_exact_value_keeps(
    pairs: list[tuple[int, int]], denominator: int
) -> None:
    limits = [limit for _, limit in pairs]
    numerators = [min(n, limit * denominator) for n, limit in pairs]
    parts = largest_remainder(numerators, denominator)
    assert all(part <= limit for part, limit in zip(parts, limits, strict=True))


def test_the_largest_remainder_gets_the_penny() -> None:
    assert largest_remainder([10, 14, 6], 10) == [1, 1, 1]
    assert largest_remainder([5, 5, 5, 5], 10) == [1, 1, 0, 0]


@pytest.mark.parametrize(("numerator", "rounded"), [(0, 0), (4, 0), (5, 1), (14, 1), (15, 2)])
def test_a_half_goes_up(numerator: int, rounded: int) -> None:
    assert half_up(numerator, 10) == rounded


def test_tax_is_contained_in_a_price_or_comes_on_top_of_it() -> None:
    assert taxes([1200, 600], 2000, included=True) == [200, 100]
    assert taxes([1000, 500], 2000, included=False) == [200, 100]


def test_the_tax_of_many_small_lines_is_that_of_their_sum() -> None:
    assert sum(taxes([1] * 120, 2000, included=True)) == 20
    assert sum(taxes([2] * 100, 2000, included=False)) == 40


def test_a_country_without_a_rate_is_not_taxed() -> None:
    rates = TaxRates({"GB": 2000})
    assert (rates.of("GB"), rates.of("ZZ")) == (2000, 0)
    assert taxes([100, 200], 0, included=True) == [0, 0]
