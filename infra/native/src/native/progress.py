"""Says what a command is doing, so that nothing is silent for more than two seconds.

On a terminal it is a spinner with a clock; elsewhere a line a step, and another every two seconds
while the step lasts. It always writes to standard error, so that `--json` leaves standard output to
one object. `up`, `down` and the operator commands use it.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

# Seconds between two lines of a long step: two seconds of silence are the limit, and a busy machine
# is late.
SILENCE = 1.3


class Progress:
    """The steps of one command."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.started = time.monotonic()
        self._step = ""
        self._note = ""
        self._begun = 0.0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` while the block runs, and how long it took when it is over."""
        self._step, self._note, self._begun = title, "", time.monotonic()
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(done,), daemon=True)
        ticker.start()
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            done.set()
            ticker.join()
            self._close(succeeded)

    def note(self, text: str) -> None:
        """What exactly the step is waiting for at this moment."""
        self._note = text

    def say(self, text: str) -> None:
        """A line of its own."""
        self.console.print(text, soft_wrap=True)

    def _line(self) -> str:
        note = f" [dim]{self._note}[/dim]" if self._note else ""
        return f"{self._step}{note} [dim]{time.monotonic() - self._begun:.0f} s[/dim]"

    def _tick(self, done: threading.Event) -> None:
        if self.console.is_terminal:
            with Status(self._line(), console=self.console) as status:
                while not done.wait(0.1):
                    status.update(self._line())
            return
        self.say(f"  {self._step} …")
        while not done.wait(SILENCE):
            self.say(f"  {self._line()} …")

    def _close(self, succeeded: bool) -> None:
        mark = "[green]✓[/green]" if succeeded else "[red]✗[/red]"
        took = time.monotonic() - self._begun
        self.say(f"{mark} {self._step} [dim]{took:.1f} s[/dim]")


def output() -> Console:
    """The console for what a command was asked for: standard output."""
    return Console(file=sys.stdout, highlight=False)
