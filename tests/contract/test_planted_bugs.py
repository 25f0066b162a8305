"""The page lists the planted bugs as they are: each one, what is wrong, and which check sees it."""

import re

from native.place import CHECKOUT
from tests.reliability.bugs.catalogue import BUGS

PAGE = CHECKOUT / "docs/reliability.md"


def listed_in(page: str) -> dict[str, tuple[str, str]]:
    """What the page says of each bug: what is wrong, and what sees it."""
    section = page.partition("## Planted bugs")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (\w+) \|$", section, re.MULTILINE)
    return {name: (what, seen_by) for name, what, seen_by in rows}


def counted_in(page: str) -> tuple[int, int]:
    """How many bugs the page says verify sees alone, and of how many."""
    found = re.search(r"(\d+) of (\d+) are seen by verify's checks alone", page)
    assert found, "the page does not count them"
    return int(found[1]), int(found[2])


def test_the_page_lists_every_bug_as_it_is() -> None:
    page = PAGE.read_text()
    assert listed_in(page) == {name: (bug.what, bug.seen_by) for name, bug in BUGS.items()}
    alone = sum(bug.seen_by != "RUN" for bug in BUGS.values())
    assert counted_in(page) == (alone, len(BUGS))


def test_a_row_that_is_missing_or_says_something_else_is_seen() -> None:
    page = PAGE.read_text()
    whole = listed_in(page)
    assert listed_in(page.replace("| `no_inbox` |", "| no_inbox |")).keys() == whole.keys() - {
        "no_inbox"
    }
    assert listed_in(page.replace("| the inbox is not asked |", "| it is asked |")) != whole
