"""Nothing is silent for more than two seconds, and every step says how it ended."""

import io
import re
import time

import pytest
from rich.console import Console

from native import progress
from native.progress import SILENCE, Progress


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def shown(screen: io.StringIO) -> Progress:
    return Progress(Console(file=screen, width=200))


def test_a_step_is_named_when_it_begins_and_when_it_ends(
    shown: Progress, screen: io.StringIO
) -> None:
    with shown.step("Starting Kafka"):
        pass
    assert re.search(r"Starting Kafka …\n.*✓ Starting Kafka \d", screen.getvalue(), re.DOTALL)


def test_a_long_step_speaks_again_before_two_seconds_are_over(
    shown: Progress, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SILENCE", 0.02)
    with shown.step("Waiting"):
        shown.note("for orders")
        time.sleep(0.15)
    assert screen.getvalue().count("Waiting for orders") >= 2
    assert SILENCE < 2.0


def test_a_step_that_fails_says_so_and_raises(shown: Progress, screen: io.StringIO) -> None:
    with pytest.raises(ValueError, match="no"), shown.step("Fetching"):
        raise ValueError("no")
    assert "✗ Fetching" in screen.getvalue()


def test_on_a_terminal_the_step_is_a_line_that_moves(screen: io.StringIO) -> None:
    shown = Progress(Console(file=screen, force_terminal=True, width=80))
    with shown.step("Starting"):
        time.sleep(0.3)
    assert "\x1b[" in screen.getvalue()
    assert "Starting" in screen.getvalue()
