"""The programs that the tests of this folder run."""

import shutil
from pathlib import Path

import pytest

from native import toolbox
from native.place import CHECKOUT
from native.toolbox import ToolMissing

PROGRAMS = CHECKOUT / "infra" / "observability" / "programs"
PROMETHEUS = "github.com/prometheus/prometheus/cmd"


def built(folder: str, package: str) -> Path:
    """A program of `programs/`; where it cannot be built the test is skipped with the reason."""
    try:
        return toolbox.go_build(PROGRAMS / folder, package)
    except ToolMissing as why:
        if toolbox.required():
            raise
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Debian's, which is enough to check rules; otherwise our own."""
    found = shutil.which("promtool")
    return Path(found) if found else built("prometheus", f"{PROMETHEUS}/promtool")


@pytest.fixture(scope="session")
def prometheus() -> Path:
    """One that takes OTLP."""
    return built("prometheus", f"{PROMETHEUS}/prometheus")


@pytest.fixture(scope="session")
def collector() -> Path:
    """The collector's core."""
    return built("collector", "souk/collector")
