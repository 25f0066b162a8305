"""Every error that the catalogue raises has its row in the one table of problems."""

from catalog.api.problems import PROBLEMS
from catalog.domain import errors


def test_every_domain_error_has_a_row() -> None:
    named = set(errors.CatalogError.__subclasses__())
    assert named <= set(PROBLEMS)
    assert errors.CatalogError not in PROBLEMS


def test_every_problem_type_has_an_address_of_its_own() -> None:
    slugs = [problem.slug for problem in PROBLEMS.values()]
    assert len(slugs) == len(set(slugs))


def test_bad_input_is_told_from_what_is_missing_and_what_is_taken() -> None:
    status = {error.__name__: problem.status for error, problem in PROBLEMS.items()}
    assert status["CurrencyMismatch"] == status["InvalidPrice"] == 422
    assert status["ProductNotFound"] == 404
    assert status["SkuTaken"] == 409
    assert status["StaleProduct"] == 412
