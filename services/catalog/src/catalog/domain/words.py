"""Turns names and queries into words, in one way for search, slugs and category rules.

Called by `product` (the words a product is found by), `placement` (category rules) and the
reads (what a customer typed). Words carry no accents, case or punctuation.
"""

import re
import unicodedata
from dataclasses import dataclass

from catalog.domain.errors import InvalidSearch

MAX_TERMS = 10

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’`")


def plain_words(text: str) -> list[str]:
    """Returns the words of a text in order: `CHILDREN'S T-LIGHT` is `childrens`, `t`, `light`."""
    # Compatible letters first, since some that have no small form are taken for capitals after.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _WORD.findall(plain.translate(_APOSTROPHES))


def stem(word: str) -> str:
    """Returns the singular of an English word, near enough that both sides of a match agree."""
    if len(word) < 4 or word.endswith(("ss", "us")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1]


def stems(text: str) -> list[str]:
    """Returns the words of a text in order, each in its singular."""
    return [stem(word) for word in plain_words(text)]


def search_words(*texts: str) -> list[str]:
    """Returns every word that the texts can be found by, sorted: as written and in its singular."""
    written = {word for text in texts for word in plain_words(text)}
    return sorted(written | {stem(word) for word in written})


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """What a customer looks for: words that must occur, and one that must at least begin one."""

    whole: tuple[str, ...]
    begun: str


def search_terms(text: str) -> SearchTerms:
    """Reads what a customer typed; raises InvalidSearch without any word, or with too many.

    The last word may be unfinished, since the customer may still be typing it.
    """
    terms = stems(text)
    if not 1 <= len(terms) <= MAX_TERMS:
        raise InvalidSearch
    return SearchTerms(tuple(sorted(set(terms[:-1]))), terms[-1])
