"""One stack in containers for all tests of this suite: built, started, and removed at the end.

Everything goes through `./souk --compose`, in a project, a home and on ports of its own, so that
a stack that somebody works with is left alone. Base images come from the environment.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from native.compose.client import Client, compose_words
from native.compose.containers import Container, containers
from native.place import CHECKOUT, Place
from native.ports import free_base

PATIENCE = 1500  # seconds for one command on a machine that does much else
PROJECT = f"souktest{os.getpid()}"

FIGURES: dict[str, float] = {}


@dataclass
class Stack:
    """A project of its own, and the command that works on it."""

    home: Path
    base: int
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the command is told."""
        tools = str(Place.from_environment().tools)
        own = {"COMPOSE_PROJECT_NAME": PROJECT, "SOUK_HOME": str(self.home), "SOUK_TOOLS": tools}
        return {**os.environ, "SOUK_TAG": "test", **own}

    @property
    def record(self) -> Path:
        """Where the command keeps what it knows of the stack."""
        return self.home / "compose" / "stack.json"

    def souk(self, *words: str, check: bool = True) -> dict[str, Any]:
        """Run `./souk --compose WORDS --json`; returns what it says."""
        done = self.run(sys.executable, "-m", "native.cli", "--compose", *words, "--json")
        assert not check or done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run any program with the stack's environment."""
        return subprocess.run(
            words,
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def containers(self) -> dict[str, Container]:
        """What runs."""
        return containers(Client(PROJECT, compose_words()))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The shop, up and with its goods."""
    home = Path(tempfile.mkdtemp(prefix="souk-compose-"))
    made = Stack(home, free_base())
    try:
        started = made.souk("up", "--port-base", str(made.base))
        made.figures["build and start, s"] = started["seconds"]
        yield made
        FIGURES.update(made.figures)
    finally:
        made.run(sys.executable, "-m", "native.cli", "--compose", "reset", "--yes")
        shutil.rmtree(home, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of this run, for docs/deployment.md."""
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name}: {value:g}")
