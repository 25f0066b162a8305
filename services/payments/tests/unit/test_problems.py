"""Every error that payments can raise has its row in the table of problems."""

import inspect

from payments.api.problems import PROBLEMS
from payments.domain import errors


def test_every_domain_error_has_its_row() -> None:
    named = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.PaymentError) and kind is not errors.PaymentError
    }
    assert named == set(PROBLEMS)


def test_no_two_rows_share_a_slug() -> None:
    slugs = [problem.slug for problem in PROBLEMS.values()]
    assert len(slugs) == len(set(slugs))
