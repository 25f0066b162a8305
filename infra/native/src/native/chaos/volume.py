"""A small file system in memory for one server's data, so that a disk can be full here and now.

Only root may mount one; elsewhere the run leaves that fault out and says so. `stage.py` is the
caller.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "1g"


def can_mount() -> bool:
    """Whether this user may try."""
    return sys.platform == "linux" and os.geteuid() == 0


@contextmanager
def mounted(folder: Path) -> Iterator[bool]:
    """Mount a volume at the folder for the time of the block; False where that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    tmpfs = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "souk-chaos", str(folder)]
    is_there = (
        can_mount() and subprocess.run(tmpfs, check=False, capture_output=True).returncode == 0
    )
    try:
        yield is_there
    finally:
        if is_there:
            _succeeds(["umount", "--lazy", str(folder)])


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
