"""The matrix of docs/reliability.md: what works while an engine is slow or away, cell by cell.

The page is the only place that says it. `read_matrix` reads its table and refuses one with a hole
or a word too many; `faults` compares what people saw with a cell. `test_outages.py` uses both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SLOW, DOWN = MODES = ("slow", "down")
# Connections that the engine held end when it goes, and breakers need some failures to open.
GRACE_SECONDS = 3.0
LONGEST_SECONDS = 10.0
_HEAD = ["part", "engine", *MODES]
_ALL = "all"


class BadMatrix(ValueError):
    """The table of the page says too little, too much, or what nobody understands."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The acts of one part that work while one engine is in trouble; the others are refused."""

    works: frozenset[str]
    refused: frozenset[str]


Matrix = Mapping[tuple[str, str, str], Cell]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try, `after` so many seconds of the outage; status 0 is a broken one.

    `seconds` is how long the slowest of its requests took.
    """

    after: float
    status: int
    seconds: float
    retry_after: str | None
    body: str

    @property
    def is_good(self) -> bool:
        """It was done."""
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """It says that it cannot be done now, and when to ask again."""
        return self.status in (503, 504) and self.retry_after is not None


def read_matrix(page: str, acts: Mapping[str, Sequence[str]], engines: Iterable[str]) -> Matrix:
    """The table of the page, for these acts by part; raises BadMatrix."""
    found: dict[tuple[str, str, str], Cell] = {}
    for part, engine, *cells in _rows(page):
        if part not in acts or (part, engine, SLOW) in found:
            raise BadMatrix(f"a row for {part} and {engine} that is not expected")
        for mode, text in zip(MODES, cells, strict=True):
            found[part, engine, mode] = _cell(text, frozenset(acts[part]))
    wanted = {(part, engine, mode) for part in acts for engine in engines for mode in MODES}
    if found.keys() != wanted:
        raise BadMatrix(f"not in both: {sorted(found.keys() ^ wanted)}")
    return found


def _rows(page: str) -> Iterator[list[str]]:
    lines = iter(page.splitlines())
    if not any(_split(line) == _HEAD for line in lines):
        raise BadMatrix(f"no table with the head {_HEAD}")
    next(lines)  # the rule below the head
    for line in lines:
        row = _split(line)
        if len(row) != len(_HEAD):
            return
        yield row


def _split(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]


def _cell(text: str, acts: frozenset[str]) -> Cell:
    """`works: …; 503: …`, either of which may be missing or be `all`."""
    named: dict[str, frozenset[str]] = {"works": frozenset(), "503": frozenset()}
    for clause in text.replace("*", "").split(";"):
        verb, colon, names = clause.strip().partition(": ")
        if not colon or named.get(verb):
            raise BadMatrix(f"{text!r} is no cell")
        named[verb] = acts if names == _ALL else frozenset(n.strip() for n in names.split(","))
    cell = Cell(named.pop("works"), named.pop("503"))
    if named or cell.works & cell.refused or cell.works | cell.refused != acts:
        raise BadMatrix(f"{text!r} does not say it of each of {sorted(acts)} once")
    return cell


def faults(cell: Cell, answers: Mapping[str, Sequence[Answer]]) -> list[str]:
    """What is other than the cell says, a line for each act and kind of fault."""
    return [
        f"{name}: {fault}"
        for name in sorted(cell.works | cell.refused)
        for fault in _faults(name in cell.works, answers.get(name, ()))
    ]


def _faults(works: bool, answers: Sequence[Answer]) -> Iterator[str]:
    later = [answer for answer in answers if answer.after > GRACE_SECONDS]
    other = [a for a in later if (a.is_refusal if works else a.is_good)]
    said = "was refused, and is said to work" if works else "was done, and is said to be refused"
    kinds = {
        f"took {LONGEST_SECONDS:g} s or more": [a for a in answers if a.seconds >= LONGEST_SECONDS],
        "neither done nor refused": [a for a in answers if not (a.is_good or a.is_refusal)],
        said: other,
    }
    if not later:
        yield "nobody asked for it"
    for kind, wrong in kinds.items():
        if wrong:
            yield f"{kind}, {len(wrong)} of {len(answers)} times, such as {wrong[0]}"
