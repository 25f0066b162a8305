"""Bugs that are planted by name, to see whether the checks see them. No product code knows of them.

Each is a function that puts something wrong in the place of something right. `tests/simulation`
plants them in the simulated shop; docs/reliability.md lists them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Put = Callable[[Any, str, Any], None]
"""Puts a value under a name of a class or a module."""
Planter = Callable[[Put], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """`what` is wrong, and `seen_by` says which check sees it: one of `./souk verify`, or RUN for
    what only a simulation knows; both as in docs/reliability.md.
    """

    name: str
    seen_by: str
    what: str
    plant: Planter


BUGS: dict[str, Bug] = {}


def bug(name: str, seen_by: str, what: str) -> Callable[[Planter], Planter]:
    """Registers what plants a bug."""

    def register(plant: Planter) -> Planter:
        assert name not in BUGS, name
        BUGS[name] = Bug(name, seen_by, what, plant)
        return plant

    return register


@contextmanager
def planted(one: Bug) -> Iterator[None]:
    """The bug is in the code for as long as the context is open."""
    undo: list[tuple[Any, str, Any]] = []

    def put(owner: Any, name: str, value: Any) -> None:
        undo.append((owner, name, vars(owner)[name]))
        setattr(owner, name, value)

    one.plant(put)
    try:
        yield
    finally:
        for owner, name, value in reversed(undo):
            setattr(owner, name, value)
