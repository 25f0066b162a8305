"""A home of its own for each test that starts and stops stacks."""

from collections.abc import Iterator

import pytest

from native.sandbox import Sandbox, sandbox


@pytest.fixture
def home() -> Iterator[Sandbox]:
    """A new home on free ports; whatever a test leaves behind is stopped."""
    with sandbox() as made:
        yield made
