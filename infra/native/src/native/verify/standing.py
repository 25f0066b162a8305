"""The stack that is to be verified: running, or stopped, and then its four servers are started.

`judge` opens one. Servers that were started for it are stopped again, and the record of the stack
is left as it was.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from native import record
from native.errors import StackError
from native.keeper import Keeper
from native.options import ENGINES, SERVICES
from native.place import Place
from native.progress import Progress
from native.record import Record
from native.start import bring_up
from native.stop import bring_down


class NoStack(StackError):
    """There is nothing to verify here."""

    def __init__(self) -> None:
        super().__init__("no shop was ever started here; ./souk up starts one")


@dataclass(frozen=True, slots=True)
class Standing:
    """A stack whose servers answer; `running` when its services work as well."""

    record: Record
    running: bool


@asynccontextmanager
async def standing(place: Place, progress: Progress) -> AsyncIterator[Standing]:
    """Opens the stack of this place; raises NoStack, or what a start of its servers raises."""
    kept = record.read(place.record)
    if kept is None:
        raise NoStack
    if kept.containers:
        from native.compose.standing import prepared

        yield Standing(kept, await asyncio.to_thread(prepared, place))
        return
    there = Keeper(place).running()
    if there.issuperset(ENGINES):
        yield Standing(kept, any(name.partition("-")[0] in SERVICES for name in there))
        return
    if there:
        raise StackError(
            "a part of this stack runs and some of its servers do not: ./souk up or ./souk down"
        )
    try:
        await bring_up(place, replace(kept.options, engines_only=True), progress, empty=True)
        yield Standing(kept, running=False)
    finally:
        await bring_down(place, progress.note)
        record.write(place, kept)
