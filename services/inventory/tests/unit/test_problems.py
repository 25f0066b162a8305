"""Every domain error has its row in the one table of problems."""

from inventory.api.problems import PROBLEMS
from inventory.domain.errors import InventoryError


def test_every_domain_error_has_a_problem_type() -> None:
    assert set(InventoryError.__subclasses__()) == set(PROBLEMS)


def test_every_problem_type_has_a_name_of_its_own() -> None:
    assert len({problem.slug for problem in PROBLEMS.values()}) == len(PROBLEMS)
