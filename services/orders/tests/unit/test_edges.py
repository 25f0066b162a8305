"""Small things at the edge: the wait that a client prefers, countries, the table of problems."""

import inspect

import pytest

from orders.api.countries import COUNTRIES, is_country
from orders.api.preferences import wanted_wait
from orders.api.problems import PROBLEMS
from orders.domain import errors


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, None),
        ("", None),
        ("wait=5", 5),
        ('wait="5"', 5),
        ("respond-async, wait=3", 3),
        ("Wait = 2; foo=bar", 2),
        ("wait=0", 0),
        ("wait=60", 8),
        ("wait=-1", None),
        ("wait=soon", None),
        ("wait=1.5", None),
        ("awaiting=5", None),
    ],
)
def test_a_preference_is_read_or_ignored(prefer: str | None, seconds: int | None) -> None:
    assert wanted_wait(prefer) == seconds


def test_there_are_as_many_countries_as_the_standard_assigns() -> None:
    assert len(COUNTRIES) == 249
    assert all(is_country(code) for code in ("GB", "IE", "ZZ"))
    assert not any(is_country(code) for code in ("UK", "EU", "XX", "gb", ""))


def test_every_error_of_the_domain_has_its_row() -> None:
    named = {
        error
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.OrdersError) and not error.__subclasses__()
    }
    assert named == set(PROBLEMS)


def test_no_two_errors_have_the_same_type() -> None:
    slugs = [problem.slug for problem in PROBLEMS.values()]
    assert len(slugs) == len(set(slugs))
