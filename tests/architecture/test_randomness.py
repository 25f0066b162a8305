"""Secrets come from the system's generator: no process of the shop uses the module `random`.

The gateway's ids of traces are the one exception; they are no secrets.
"""

import ast
from collections.abc import Iterator

from tests.architecture.rules import Source, sources

OURS = ("services/", "libs/", "gateway/")
NO_SECRETS = {"gateway/src/gateway/edge/tracing.py"}


def predictable(source: Source) -> Iterator[str]:
    """Each import of a generator whose next value can be computed."""
    for node in ast.walk(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if {"random", "numpy.random"} & set(names):
            yield source.path


def test_no_process_uses_a_generator_that_can_be_predicted() -> None:
    ours = [one for one in sources() if one.path.startswith(OURS) and not one.is_test]
    found = {path for source in ours for path in predictable(source)}
    assert found == NO_SECRETS


def test_an_import_of_random_is_seen() -> None:
    for text in ("import random", "from random import choice", "import os, random as dice"):
        assert list(predictable(Source("services/x.py", text))) == ["services/x.py"]
    assert list(predictable(Source("services/x.py", "import secrets"))) == []
