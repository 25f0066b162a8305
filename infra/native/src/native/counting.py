"""A pytest plugin that writes down how many tests of each folder passed and failed.

`./souk test` loads it (`-p native.counting`) and reads the file that `SOUK_TEST_COUNTS` names. A
skipped test counts as failed: a suite here runs whole or not at all.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any


class Counting:
    """The counts of one pytest session."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count a test once: by its call, or by the phase around it that went wrong."""
        folder = str(Path(report.nodeid.partition("::")[0]).parent)
        if report.failed or report.skipped:
            self.failed[folder] += 1
        elif report.when == "call":
            self.passed[folder] += 1

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be read is a failure of its folder."""
        if report.failed:
            self.failed[str(Path(report.nodeid).parent)] += 1

    def pytest_sessionfinish(self) -> None:
        """Write the counts."""
        target = Path(os.environ["SOUK_TEST_COUNTS"])
        target.write_text(json.dumps({"passed": self.passed, "failed": self.failed}))


def pytest_configure(config: Any) -> None:
    """Count in this session."""
    config.pluginmanager.register(Counting())
