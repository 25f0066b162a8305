"""Progress bars on standard error for what has a known number of things to do.

On a terminal it is a bar; elsewhere a line every two seconds with the count. `importer` and
`replayer` use it beside `native.progress`, which shows steps of unknown length.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from native.progress import Progress

Advance = Callable[[int], None]


class Meter:
    """The bars and steps of one command."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress or Progress()

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A step whose length nobody knows; what it gives says what is waited for."""
        with self._progress.step(title):
            yield self._progress.note

    @contextmanager
    def count(self, title: str, total: int) -> Iterator[Advance]:
        """A step with so many things to do; what it gives is called with how many were done."""
        if self._progress.console.is_terminal:
            with self._bar(title, total) as advance:
                yield advance
            return
        done = 0

        def advance_note(number: int) -> None:
            nonlocal done
            done += number
            self._progress.note(f"{done:,} of {total:,}")

        with self._progress.step(title):
            yield advance_note

    @contextmanager
    def _bar(self, title: str, total: int) -> Iterator[Advance]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=self._progress.console) as bars:
            task = bars.add_task(title, total=total)
            yield lambda number: bars.advance(task, number)
