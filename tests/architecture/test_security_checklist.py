"""`docs/security.md` leaves no item of its lists out, and every proof that it names exists.

OWASP ASVS 5.0.0, chapters V6, V9 and V10; OWASP API Security Top 10, 2023; and the attacks that
the suite plays: T on tokens, O on OAuth, A on the API.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT

PAGE = ROOT / "docs/security.md"
# For each chapter, how many items its sections have.
ASVS = {"6": (3, 12, 8, 6, 8, 4, 2, 4), "9": (3, 4), "10": (2, 3, 5, 16, 5, 2, 3)}
PARTS = {"6": "V6", "9": "V9", "10": "V10", "API": "API Top 10", "": "attacks"}
OTHERS = {"API": 10, "T": 13, "O": 7, "A": 11}
ITEMS = [
    f"{chapter}.{section}.{n}"
    for chapter, counts in ASVS.items()
    for section, count in enumerate(counts, 1)
    for n in range(1, count + 1)
] + [f"{kind}{n}" for kind, count in OTHERS.items() for n in range(1, count + 1)]
STATES = ("met", "partly", "not met", "does not apply")
ITEM = re.compile(r"\d+\.\d+\.\d+|(API|[TOA])\d+")
PROOF = re.compile(r"`([\w/.-]+\.py)::(\w+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the checklist."""

    item: str
    state: str
    how: str
    proofs: tuple[tuple[str, str], ...]

    @property
    def part(self) -> str:
        """The list that the item is from."""
        chapter = re.match(r"API|[0-9]+", self.item)
        return PARTS[chapter[0] if chapter else ""]


def rows(text: str) -> list[Row]:
    """The lines `| item | what is asked | state | how, and the tests that prove it |`."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and ITEM.fullmatch(cells[0]):
            found.append(Row(cells[0], cells[2], cells[3], tuple(PROOF.findall(cells[3]))))
    return found


def faults(found: list[Row], root: Path) -> list[str]:
    """What is missing or untrue in the checklist."""
    listed = Counter(row.item for row in found)
    wrong = [f"{item}: no row" for item in ITEMS if item not in listed]
    wrong += [f"{item}: twice" for item, count in listed.items() if count > 1]
    wrong += [f"{item}: no such item" for item in listed if item not in ITEMS]
    for row in found:
        wrong += [f"{row.item}: {fault}" for fault in faults_of(row, root)]
    return wrong


def faults_of(row: Row, root: Path) -> list[str]:
    """What is wrong with one line: its state, its reason or its proofs."""
    wrong = []
    if row.state not in STATES:
        wrong.append(f"state {row.state!r}")
    if row.state in {"met", "partly"} and not row.proofs:
        wrong.append(f"{row.state} without a test")
    if row.state != "met" and len(PROOF.sub("", row.how)) < 20:
        wrong.append("gives no reason")
    return wrong + [
        f"no {file}::{test}" for file, test in row.proofs if not exists(root, file, test)
    ]


def exists(root: Path, file: str, test: str) -> bool:
    """True for a test that pytest would collect."""
    defined = re.compile(rf"^(async )?def {test}\(", re.MULTILINE)
    path = root / file
    return test.startswith("test_") and path.is_file() and bool(defined.search(path.read_text()))


def numbers(found: list[Row]) -> list[str]:
    """The lines that say how many items are in which state."""
    counted = Counter((row.part, row.state) for row in found)
    lines = []
    for part in PARTS.values():
        counts = [counted[part, state] for state in STATES]
        lines.append(f"| {part} | {sum(counts)} | {' | '.join(map(str, counts))} |")
    return lines


def test_every_item_has_its_row_and_every_proof_exists() -> None:
    assert faults(rows(PAGE.read_text()), ROOT) == []


def test_the_numbers_on_the_page_are_right() -> None:
    text = PAGE.read_text()
    assert [line for line in numbers(rows(text)) if line not in text.splitlines()] == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("| 6.2.1 | x | met | A sentence without a test. |", "met without a test"),
        ("| T1 | x | partly | A sentence without a test. |", "partly without a test"),
        ("| 6.2.1 | x | fine | A sentence without a test. |", "state 'fine'"),
        ("| 6.2.1 | x | not met | Because. |", "gives no reason"),
        ("| 6.2.99 | x | not met | Long enough a sentence to be read. |", "no such item"),
        ("| O1 | x | met | `tests/architecture/rules.py::sources` |", "O1: no tests/"),
        ("| API1 | x | met | `tests/security/test_x.py::test_gone` |", "API1: no tests/"),
        ("| A1 | x | not met | One reason of many. |\n" * 2, "A1: twice"),
        ("", "6.2.1: no row"),
    ],
)
def test_a_fault_of_the_checklist_is_seen(planted: str, fault: str) -> None:
    assert any(fault in line for line in faults(rows(planted), ROOT))


def test_a_row_that_changes_its_state_changes_the_numbers() -> None:
    found = rows(PAGE.read_text())
    other = rows("| API1 | x | not met | One reason of many. |")
    changed = [row for row in found if row.item != "API1"] + other
    assert numbers(changed) != numbers(found)
