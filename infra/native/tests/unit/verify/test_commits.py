"""I4: an event without its commit, a commit without its event, and an outbox that stays full."""

from dataclasses import replace

from native.verify.findings import Findings
from native.verify.invariants.commits import Stored, Waiting, check_commits

ORDERS = Stored("orders", "orders.events", {"o-1": 3, "o-2": 1, "o-0": 0})
SAGAS = Stored("sagas", "commands", {"o-1": 3})
ACCOUNTS = Stored("accounts", "auth.events", {"u-1": 4}, silent_changes=True)
STORED = [ORDERS, SAGAS, ACCOUNTS]
PUBLISHED = {
    "orders.events": {"o-1": 3, "o-2": 1},
    "commands": {"o-1": 3},
    "auth.events": {"u-1": 1},
}
ROW = Waiting("orders", "orders.events", "o-2", 2, "orders.order_confirmed.v1", 4.0)


def check(
    stored: list[Stored] = STORED,
    published: dict[str, dict[str, int]] = PUBLISHED,
    waiting: list[Waiting] | None = None,
    limit_s: float | None = 30.0,
    cut: frozenset[str] = frozenset(),
) -> Findings:
    return check_commits(stored, published, waiting or [], limit_s=limit_s, cut=cut)


def test_what_agrees_has_no_violation_and_all_of_it_is_counted() -> None:
    found = check()
    assert found.violations == 0, found.examples
    assert found.checked == {"orders": 3, "sagas": 1, "accounts": 1}


def test_an_event_before_its_commit_is_seen() -> None:
    found = check(published={**PUBLISHED, "orders.events": {"o-1": 4, "o-2": 1}})
    assert set(found.by_clause) == {"event without a commit"}
    assert found.examples[0].about == "orders o-1"


def test_an_event_of_something_that_no_store_knows() -> None:
    found = check(published={**PUBLISHED, "orders.events": {"o-1": 3, "o-2": 1, "o-9": 1}})
    assert set(found.by_clause) == {"event without a commit"}
    assert "o-9" in found.examples[0].about


def test_a_commit_whose_event_was_never_published() -> None:
    for topic in ({"o-1": 2, "o-2": 1}, {"o-2": 1}):
        found = check(published={**PUBLISHED, "orders.events": topic})
        assert set(found.by_clause) == {"commit without an event"}


def test_an_account_without_its_first_event_though_its_later_changes_have_none() -> None:
    found = check(published={**PUBLISHED, "auth.events": {}})
    assert set(found.by_clause) == {"commit without an event"}


def test_a_row_of_an_outbox_counts_as_published_for_half_a_minute() -> None:
    store = replace(ORDERS, versions={"o-1": 3, "o-2": 2})
    assert check([store, SAGAS, ACCOUNTS], waiting=[ROW]).violations == 0
    found = check([store, SAGAS, ACCOUNTS], waiting=[replace(ROW, age_s=31.0)])
    assert set(found.by_clause) == {"outbox not empty"}
    assert found.checked["outbox rows"] == 1


def test_a_stopped_stack_may_have_rows_in_its_outboxes() -> None:
    store = replace(ORDERS, versions={"o-1": 3, "o-2": 2})
    stopped = check([store, SAGAS, ACCOUNTS], waiting=[replace(ROW, age_s=99.0)], limit_s=None)
    assert stopped.violations == 0
    assert len(stopped.notes) == 1


def test_what_the_broker_has_deleted_is_not_missed() -> None:
    published = {**PUBLISHED, "commands": {}}
    assert check(published=published).violations == 1
    assert check(published=published, cut=frozenset({"commands"})).violations == 0
