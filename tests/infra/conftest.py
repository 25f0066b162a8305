"""The programs that check infra/, as fixtures; a test whose program cannot be brought is skipped.

With `SOUK_INFRA_REQUIRED=1`, as in the public pipeline, it fails instead.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from native import toolbox
from native.toolbox import ToolMissing

Bring = Callable[[str], Path]


def brought(bring: Bring) -> Bring:
    """The same, but where a tool is missing the test is skipped with the reason."""

    def bring_or_skip(name: str) -> Path:
        try:
            return bring(name)
        except ToolMissing as why:
            if toolbox.required():
                raise
            pytest.skip(str(why))

    return bring_or_skip


@pytest.fixture(scope="session")
def python_tool() -> Bring:
    """`python_tool("checkov")` is the program's path."""
    return brought(toolbox.python_tool)


@pytest.fixture(scope="session")
def go_tool() -> Bring:
    """`go_tool("kustomize")` is the program's path."""
    return brought(toolbox.go_tool)
