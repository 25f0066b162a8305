"""When which fault happens to what: a pure function of the seed, the length and the catalogue.

`command.py` plays it, and prints the seed, so that a run can be had again. Kinds are dealt like
cards: all of them once in an order of the seed's choosing, then all again, so none is left out.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

WARM_UP = 4.0  # seconds before the first fault
EVERY = 9.0  # seconds from one fault to the next, fewer where not every kind would have its turn
LAST_CALL = 6.0  # seconds before the end of the load after which nothing begins


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: what it may befall, and for how many seconds at least and at most."""

    name: str
    targets: Sequence[str]
    seconds: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault: seconds from the start of the load to its begin, and how long it lasts.

    `dice` is the seed of whatever the fault itself draws.
    """

    at: float
    kind: str
    target: str
    seconds: float
    dice: int

    @property
    def until(self) -> float:
        """When it is to be healed."""
        return self.at + self.seconds


def schedule(seed: int, minutes: float, kinds: Sequence[Kind]) -> list[Planned]:
    """The faults of a run in the order of their begin; no two at one target at the same time."""
    dice = random.Random(f"schedule {seed}")  # noqa: S311
    window = minutes * 60 - WARM_UP - LAST_CALL
    count = max(len(kinds), int(window / EVERY))
    planned: list[Planned] = []
    for number, kind in enumerate(_deal(kinds, count, dice)):
        at = WARM_UP + window * (number + dice.random() * 0.8) / count
        planned.append(_one(kind, round(at, 2), planned, dice))
    return planned


def _deal(kinds: Sequence[Kind], count: int, dice: random.Random) -> list[Kind]:
    dealt: list[Kind] = []
    while len(dealt) < count:
        dealt += dice.sample(list(kinds), len(kinds))
    return dealt[:count]


def _one(kind: Kind, at: float, before: Sequence[Planned], dice: random.Random) -> Planned:
    busy = {earlier.target for earlier in before if earlier.until > at}
    free = [target for target in kind.targets if target not in busy]
    target = dice.choice(free or list(kind.targets))
    if not free:
        at = max(earlier.until for earlier in before if earlier.target == target)
    seconds = round(dice.uniform(*kind.seconds), 2)
    return Planned(at, kind.name, target, seconds, dice.getrandbits(32))
