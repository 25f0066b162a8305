"""Derives a product's category from its name by ordered rules: the first that fits wins.

The rules are data (`data/categories.yaml`). A rule names phrases; a phrase fits where its words
stand together in the name, in singular or plural, so `t-light` fits `SET OF 6 T-LIGHTS SANTA`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.domain.categories import CategoryTree
from catalog.domain.words import stems


@dataclass(frozen=True, slots=True)
class Rule:
    """A category, the phrases that lead to it, and those that rule it out."""

    category: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compiled:
    category: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]

    def fits(self, name: str) -> bool:
        return any(phrase in name for phrase in self.phrases) and not any(
            phrase in name for phrase in self.unless
        )


class Placement:
    """All rules, and the category for whatever no rule fits."""

    def __init__(self, rules: Sequence[Rule], otherwise: str) -> None:
        self.otherwise = otherwise
        self._rules = [
            _Compiled(rule.category, _padded(rule.phrases), _padded(rule.unless)) for rule in rules
        ]

    def category_of(self, name: str) -> str:
        """Returns the slug of the category for a product of this name."""
        padded = _pad(name)
        fitting = (rule.category for rule in self._rules if rule.fits(padded))
        return next(fitting, self.otherwise)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The tree and the rules that place products in it; they come from one file."""

    tree: CategoryTree
    placement: Placement


def _padded(phrases: Sequence[str]) -> tuple[str, ...]:
    return tuple(_pad(phrase) for phrase in phrases)


def _pad(text: str) -> str:
    """Returns ` word word `, so that a phrase found inside begins and ends at whole words."""
    return f" {' '.join(stems(text))} "
