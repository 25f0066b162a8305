"""Runs a service as its own process does, and writes down whose code did the work.

`python -m tests.e2e.witness orders.main FILE`. From SIGPROF on, every call of a Python function is
counted by the file that it stands in; at the end FILE has the counts of the installed packages'
files, and the names of all modules. `test_fixed_packages.py` starts it.
"""

import atexit
import json
import runpy
import signal
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from types import FrameType

INSTALLED = sysconfig.get_path("purelib") + "/"

calls: Counter[str] = Counter()


def count(frame: FrameType, event: str, _argument: object) -> None:
    """What the interpreter calls at each call and return of this thread."""
    if event == "call":
        calls[frame.f_code.co_filename] += 1


def report(path: Path) -> None:
    """Write what was seen."""
    sys.setprofile(None)
    own = {
        name.removeprefix(INSTALLED): number
        for name, number in calls.items()
        if name.startswith(INSTALLED)
    }
    modules = sorted({name.partition(".")[0] for name in sys.modules})
    path.write_text(json.dumps({"calls": own, "modules": modules}))


def main(module: str, path: str) -> None:
    """Become that module."""
    signal.signal(signal.SIGPROF, lambda *_: sys.setprofile(count))
    atexit.register(report, Path(path))
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
