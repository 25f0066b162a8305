"""Names a product's address: lower-case words joined by hyphens, unique and never changed.

The use cases that make products call `slug_candidates` and take the first that is free.
"""

from collections.abc import Iterator
from itertools import count

from catalog.domain.words import plain_words

MAX_SLUG = 120


def slug_of(name: str) -> str:
    """Returns the slug of a name; empty where the name has no ASCII letter or digit."""
    words = (word for word in plain_words(name) if word.isascii())
    return "-".join(words)[:MAX_SLUG].strip("-")


def slug_candidates(name: str, code: str) -> Iterator[str]:
    """Yields `name`, `name-code`, `name-code-2`, `name-code-3` and so on without end."""
    base = slug_of(name)
    if base:
        yield base
    with_code = f"{base}-{code}" if base else code
    yield with_code
    for number in count(2):
        yield f"{with_code}-{number}"
