"""I7 and I10: an open saga and a row that the topics do not tell are named."""

import pytest

from native.verify.findings import EXAMPLES, Findings
from native.verify.invariants import models
from native.verify.invariants.sagas import Asked, SagaRow, check_sagas

CLOSED = SagaRow("o-1", "confirmed", "completed", open=False)
OPEN = SagaRow("o-2", "pending", "reserving", open=True)


def test_closed_sagas_have_no_violation_and_are_counted() -> None:
    found = check_sagas([CLOSED], running=True)
    assert found.violations == 0
    assert found.checked == {"sagas": 1}


def test_an_open_saga_is_a_violation_where_somebody_could_have_closed_it() -> None:
    assert set(check_sagas([CLOSED, OPEN], running=True).by_clause) == {"open saga"}
    stopped = check_sagas([CLOSED, OPEN], running=False)
    assert stopped.violations == 0
    assert len(stopped.notes) == 1


def test_a_pending_order_that_no_saga_moves() -> None:
    stuck = SagaRow("o-3", "pending", "completed", open=False)
    assert set(check_sagas([stuck], running=True).by_clause) == {"pending without a saga"}


CHARGE = Asked("s-1", "o-1", "charge")


def test_what_payments_was_asked_for_and_nobody_is_at_is_forgotten() -> None:
    def judged(at_work: frozenset[str], *, running: bool = True) -> Findings:
        return check_sagas([CLOSED], running=running, asked=[CHARGE], at_work=at_work)

    forgotten = judged(frozenset({"s-2"}))
    assert set(forgotten.by_clause) == {"asked for and forgotten"}
    assert forgotten.examples[0].about == "charge s-1 of order o-1"
    assert judged(frozenset({"s-1"})).violations == 0
    assert judged(frozenset(), running=False).violations == 0


ROWS = {"85123A": "(85123A,255)", "22423": "(22423,1275)"}


def compared(live: dict[str, str], rebuilt: dict[str, str]) -> Findings:
    found = models.findings()
    models.compare("orders prices", live, rebuilt, found)
    return found


def test_equal_read_models_have_no_violation_and_are_counted() -> None:
    found = compared(ROWS, dict(ROWS))
    assert found.violations == 0
    assert found.checked == {"rows of orders prices": 2}


@pytest.mark.parametrize(
    ("live", "rebuilt", "clause"),
    [
        (ROWS, {"22423": "(22423,1275)"}, "row that no event tells of"),
        ({"22423": "(22423,1275)"}, ROWS, "row is missing"),
        (ROWS, {**ROWS, "22423": "(22423,1)"}, "other row than the events tell"),
    ],
)
def test_a_row_that_differs_is_named(
    live: dict[str, str], rebuilt: dict[str, str], clause: str
) -> None:
    assert set(compared(live, rebuilt).by_clause) == {clause}


def test_all_violations_are_counted_and_the_first_of_each_clause_are_shown() -> None:
    found = Findings("I0", "")
    for number in range(20):
        found.fault("first", number, "x" * 5)
        found.expect("second", number, 1, 1 + number)
    assert found.by_clause == {"first": 20, "second": 19}
    assert len(found.examples) == 2 * EXAMPLES
    assert str(found.examples[0]) == "first: 0: xxxxx"
    document = found.document()
    assert document["violations"] == 39
    assert document["examples"][0] == {"clause": "first", "about": "0", "found": "xxxxx"}
