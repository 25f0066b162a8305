"""Shifts the clock of one process, before any of its own code is loaded; for `./souk chaos` alone.

Python imports a module of this name at its start. The stack of a chaos run has this folder on its
PYTHONPATH; whoever finds no file of his port's number in `$CHAOS_CLOCKS` is left as he is.
"""

import os
from pathlib import Path


def _seconds() -> float:
    folder, port = os.environ.get("CHAOS_CLOCKS"), os.environ.get("SOUK_PORT")
    if folder is None or port is None:
        return 0.0
    file = Path(folder) / port
    return float(file.read_text()) if file.exists() else 0.0


def _shift(seconds: float) -> None:
    """All code of the shop asks these three; what measures durations is monotonic and stays."""
    import time
    from datetime import datetime, timedelta

    from chassis import clock

    now, now_ns, utcnow = time.time, time.time_ns, clock.utcnow

    def shifted() -> datetime:
        return utcnow() + timedelta(seconds=seconds)

    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)
    clock.utcnow = shifted


if _off := _seconds():
    _shift(_off)
