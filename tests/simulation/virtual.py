"""Puts the run's own time, ids and servers in the places of the real ones, and back again.

Whoever needs the time or an id imports `utcnow` or `uuid7` from the chassis by name, so the names
are bound anew in every loaded module; no module of the product knows of it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis import clock, ids
from tests.simulation.world import World

BEGIN = datetime(2026, 1, 2, tzinfo=UTC)
PACKAGES = ("chassis", "orders", "inventory", "payments")


def present(world: World) -> datetime:
    """The run's time."""
    return BEGIN + timedelta(seconds=world.now)


def time_and_ids(world: Callable[[], World]) -> dict[Any, Any]:
    """What stands for the real clock and the real ids; `world` says which run it is."""

    def utcnow() -> datetime:
        return present(world())

    def uuid7() -> UUID:
        return UUID(int=(0x7 << 76) | (0x2 << 62) | world().number())

    def uuid7_text() -> str:
        return str(uuid7())

    return {clock.utcnow: utcnow, ids.uuid7: uuid7, ids.uuid7_text: uuid7_text}


@contextmanager
def bound(
    names: dict[Any, Any], places: dict[tuple[Any, str], Any] | None = None
) -> Iterator[None]:
    """Binds what is a key of `names` to its value wherever it is known, and `places` besides."""
    undo: list[Callable[[], None]] = []
    found = [
        (module, name, names[value])
        for package, module in list(sys.modules.items())
        if package.partition(".")[0] in PACKAGES
        for name, value in list(vars(module).items())
        if callable(value) and _is_key(value, names)
    ]
    found += [(owner, name, value) for (owner, name), value in (places or {}).items()]
    for owner, name, value in found:
        undo.append(_restore(owner, name, getattr(owner, name)))
        setattr(owner, name, value)
    try:
        yield
    finally:
        for act in reversed(undo):
            act()


def _is_key(value: Any, names: dict[Any, Any]) -> bool:
    return any(value is key for key in names)


def _restore(owner: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(owner, name, value)
