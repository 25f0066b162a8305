"""A disk that is full, and is emptied again.

PostgreSQL's data lie on a small file system of their own where this machine lets us mount one
(`volume.py`), and a file takes what is left of it (ENOSPC). Valkey may write no longer files than
it has (EFBIG), by a limit of the kernel that needs no rights.
"""

import asyncio
import contextlib
import errno
import os
import resource
from dataclasses import dataclass
from pathlib import Path

import psutil

from native.chaos.ground import Ground

BALLAST = "ballast"
PIECE = 1024 * 1024
SMALLEST_FILE = 4096
INFINITE = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@dataclass(frozen=True, slots=True)
class FullVolume:
    """No byte is left on the volume of the server's data."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Fills it."""
        await asyncio.to_thread(fill, self._ballast(ground))

    async def heal(self, ground: Ground) -> None:
        """Makes room, and waits for the server, which may have given up meanwhile."""
        self._ballast(ground).unlink(missing_ok=True)
        await ground.up(self.target)

    def _ballast(self, ground: Ground) -> Path:
        return ground.place.data / self.target / BALLAST


@dataclass(frozen=True, slots=True)
class NoLongerFiles:
    """The server cannot make its files longer."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Limits its files to less than they have."""
        self._limit(ground, (SMALLEST_FILE, resource.RLIM_INFINITY))

    async def heal(self, ground: Ground) -> None:
        """Lifts the limit."""
        self._limit(ground, INFINITE)
        await ground.up(self.target)

    def _limit(self, ground: Ground, limits: tuple[int, int]) -> None:
        for process in ground.tree(self.target):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.rlimit(resource.RLIMIT_FSIZE, limits)


def fill(ballast: Path) -> None:
    """Write until the file system takes no byte more."""
    with ballast.open("wb", buffering=0) as file:
        for size in (PIECE, 4096, 1):
            try:
                while True:
                    os.write(file.fileno(), bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
