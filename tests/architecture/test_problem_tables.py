"""Every domain error has its row in its service's table of problems, and a slug of its own.

So no error that a route can meet ends as a 500, and a client can tell them apart for ever.
"""

import inspect
from importlib import import_module

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


@pytest.mark.parametrize("service", SERVICES)
def test_one_slug_means_one_title_and_one_status(service: str) -> None:
    seen = {kind.slug: kind for kind in table_of(service).values()}
    for kind in table_of(service).values():
        assert (kind.title, kind.status) == (seen[kind.slug].title, seen[kind.slug].status)
