"""Rounding by the largest remainder, so that parts are whole pennies and add up to the penny.

Discounts and taxes come out as fractions of a penny. Their sum is rounded once, half up, and each
part becomes its floor, or one more for those with the largest remainders: Hamilton's method.
"""

from collections.abc import Sequence


def half_up(numerator: int, denominator: int) -> int:
    """Returns the nearest integer to a fraction that is not negative; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def largest_remainder(numerators: Sequence[int], denominator: int) -> list[int]:
    """Returns integers that add up to the rounded sum of numerators / denominator.

    None is further than one from its exact value, or above the integer that its value does not
    exceed; among equal remainders the first counts. Takes O(n log n).
    """
    parts = [numerator // denominator for numerator in numerators]
    left = half_up(sum(numerators), denominator) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: -(numerators[i] % denominator))
    for position in by_remainder[:left]:
        parts[position] += 1
    return parts
