"""What a check came to: how much it looked at, and each violation by the clause that it breaks.

Every invariant fills one `Findings`; `report.py` shows them and the command's exit code follows.
Violations are all counted, and the first of each clause kept as examples with their ids.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

EXAMPLES = 5  # of each clause


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must not be: the clause, what it is about (an id), and what was found."""

    clause: str
    about: str
    found: str

    def __str__(self) -> str:
        return f"{self.clause}: {self.about}: {self.found}"


class Findings:
    """One invariant: a count of what was checked, its violations, and notes that are none."""

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title
        self.checked: Counter[str] = Counter()
        self.notes: list[str] = []
        self.by_clause: Counter[str] = Counter()
        self.examples: list[Violation] = []

    def count(self, what: str, number: int = 1) -> None:
        """So many more `what`, in the plural, were looked at."""
        self.checked[what] += number

    def fault(self, clause: str, about: object, found: str) -> None:
        """This must not be."""
        self.by_clause[clause] += 1
        if self.by_clause[clause] <= EXAMPLES:
            self.examples.append(Violation(clause, str(about), found))

    def expect(self, clause: str, about: object, expected: object, found: object) -> None:
        """A fault unless both are equal."""
        if expected != found:
            self.fault(clause, about, f"expected {expected}, found {found}")

    def note(self, text: str) -> None:
        """Something to know that breaks no promise."""
        self.notes.append(text)

    @property
    def violations(self) -> int:
        """How many there are, the ones without an example included."""
        return self.by_clause.total()

    def document(self) -> dict[str, Any]:
        """The findings as one JSON object."""
        return {
            "name": self.name,
            "title": self.title,
            "checked": dict(self.checked),
            "violations": self.violations,
            "by_clause": dict(self.by_clause),
            "examples": [asdict(example) for example in self.examples],
            "notes": self.notes,
        }
