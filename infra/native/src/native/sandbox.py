"""A stack in a home and on ports of its own, driven through the command as a user would.

The fixtures of `native.testing` and the integration tests of this package use it, so that a test
run exercises `./souk` itself. Whatever is left at the end is stopped, and the home vanishes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from native import addresses
from native.options import COLLECTOR, SAMPLE
from native.place import Place
from native.ports import OFFSETS, Ports, free_base, holders
from native.stop import strays

PATIENCE = 600.0  # seconds for one command on a machine that does much else


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A home, its ports, and the command that works on it."""

    home: Path
    base: int

    @property
    def place(self) -> Place:
        """The home beside the checkout's tools."""
        return Place(self.home, Place.from_environment().tools)

    @property
    def ports(self) -> list[int]:
        """Every port that a stack here may take."""
        return [self.base + offset for offset in OFFSETS.values()]

    def souk(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `./souk WORDS` here to its end."""
        command, environment = self._command(*words)
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `./souk up WORDS` on these ports."""
        return self.souk("up", "--throwaway", "--port-base", str(self.base), *words)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start `./souk up WORDS` and leave it running; its two outputs are one pipe."""
        up = ("up", "--throwaway", "--port-base", str(self.base), *words)
        command, environment = self._command(*up)
        return subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def nothing_is_left(self) -> bool:
        """Neither a process with this home's mark nor a listener on one of its ports."""
        return not strays(self.place) and not holders(self.ports)

    def _command(self, *words: str) -> tuple[list[str], dict[str, str]]:
        told = {
            "SOUK_HOME": str(self.home),
            "SOUK_TOOLS": str(self.place.tools),
            COLLECTOR: addresses.otlp(Ports(self.base)),
            SAMPLE: "1",
        }
        return [sys.executable, "-m", "native.cli", *words], {**os.environ, **told}


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A new home that PostgreSQL's user may walk into, on ports that are free."""
    home = Path(tempfile.mkdtemp(prefix="souk-test-"))
    home.chmod(0o711)
    made = Sandbox(home, free_base())
    try:
        yield made
    finally:
        made.souk("down")
        left = strays(made.place)
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=10)
        shutil.rmtree(home, ignore_errors=True)
