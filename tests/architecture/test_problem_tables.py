"""Every domain error has its row in its service's table of problems, and a slug of its own.

So no error that a route can meet ends as a 500, and a client can tell them apart for ever.
"""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from chassis.problems import ProblemTable

SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")


def errors_of(service: str) -> list[type[Exception]]:
    """The exceptions that the service's `domain/errors` defines, its base classes left out."""
    module = import_module(f"{service}.domain.errors")
    found = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__.startswith(module.__name__)
    ]
    return [kind for kind in found if not any(kind in other.__bases__ for other in found)]


def table_of(service: str) -> ProblemTable:
    table: ProblemTable = import_module(f"{service}.api.problems").PROBLEMS
    return table


def missing(errors: list[type[Exception]], table: ProblemTable) -> list[str]:
    return [error.__name__ for error in errors if error not in table]


@pytest.mark.parametrize("service", SERVICES)
def test_every_domain_error_has_its_problem(service: str) -> None:
    assert errors_of(service), "no domain errors were found"
    assert not missing(errors_of(service), table_of(service))


@pytest.mark.parametrize("service", SERVICES)
def test_an_error_without_a_row_is_seen(service: str) -> None:
    class Forgotten(Exception):
        """Nobody wrote a row for it."""

    assert missing([*errors_of(service), Forgotten], table_of(service)) == ["Forgotten"]


# The members of RFC 9457: what an error adds under one of these names would be lost.
STANDARD = frozenset({"type", "title", "status", "detail", "instance"})


def hidden_extras(source: str) -> list[str]:
    """The extra members that errors give to their base under a standard name."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    given = [call for call in calls if ast.unparse(call.func) == "super().__init__"]
    return [word.arg for call in given for word in call.keywords if word.arg in STANDARD]


@pytest.mark.parametrize("service", SERVICES)
def test_no_error_adds_a_member_that_the_standard_has(service: str) -> None:
    modules = {inspect.getsourcefile(kind) for kind in errors_of(service)}
    found = [name for path in modules if path for name in hidden_extras(Path(path).read_text())]
    assert found == []


def test_a_member_that_would_be_lost_is_seen() -> None:
    source = "class E(B):\n    def __init__(self, s):\n        super().__init__('x', status=s)\n"
    assert hidden_extras(source) == ["status"]
    assert hidden_extras(source.replace("status=", "order_status=")) == []


@pytest.mark.parametrize("service", SERVICES)
def test_one_slug_means_one_title_and_one_status(service: str) -> None:
    seen = {kind.slug: kind for kind in table_of(service).values()}
    for kind in table_of(service).values():
        assert (kind.title, kind.status) == (seen[kind.slug].title, seen[kind.slug].status)
