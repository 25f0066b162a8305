"""I8 and I9: what no client may see and what nobody may be allowed is named; the rest is not."""

from dataclasses import replace
from typing import Any

import pytest

from native.verify.client_log import Call
from native.verify.findings import Findings
from native.verify.invariants.promises import Promises

CALL = Call("place_order", "POST", "/v1/orders", "k-1", "customer", "o-1", 201, elapsed_s=0.2)
CUT = replace(CALL, status=None, order_id=None, error="ReadError")


def check(*calls: Call) -> tuple[Findings, Findings]:
    promises = Promises()
    for call in calls:
        promises.take(call)
    return promises.finish()


def clauses(*calls: Call) -> set[str]:
    seen, allowed = check(*calls)
    return set(seen.by_clause) | set(allowed.by_clause)


def test_good_answers_have_no_violation_and_are_counted() -> None:
    seen, allowed = check(
        CALL, replace(CALL, status=503, retry_after="1"), replace(CALL, status=404)
    )
    assert seen.violations == allowed.violations == 0
    assert seen.checked == {"calls": 3, "503 and 504": 1}


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"status": 500}, "server error"),
        ({"status": 502, "retry_after": "1"}, "server error"),
        ({"status": 503}, "no Retry-After"),
        ({"status": 504}, "no Retry-After"),
        ({"status": 403}, "forbidden to one who may"),
        ({"elapsed_s": 10.1}, "hung"),
    ],
)
def test_what_no_client_may_see_is_named(change: dict[str, Any], clause: str) -> None:
    assert clauses(replace(CALL, **change)) == {clause}


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_that_the_request_did_not_bring_upon_itself_is_named(status: int) -> None:
    refused = replace(CALL, status=status, causes=[412])
    assert clauses(refused) == {"refused without a cause"}
    assert clauses(replace(refused, status=412)) == set()
    assert clauses(replace(refused, causes=[412, status])) == set()
    assert clauses(replace(refused, causes=None)) == set()


def test_a_call_that_is_forbidden_causes_its_refusal() -> None:
    for status in (401, 403, 404):
        assert clauses(replace(CALL, status=status, causes=[], forbidden=True)) == set()


def test_a_cut_connection_is_well_when_the_same_key_succeeds_later() -> None:
    assert clauses(CUT) == {"cut for good"}
    assert clauses(CUT, CUT, CALL) == set()
    assert clauses(replace(CUT, retried_ok=True)) == set()


@pytest.mark.parametrize(
    "other", [{"idempotency_key": "k-2"}, {"caller": "guest"}, {"status": 500}, {"status": 503}]
)
def test_a_retry_by_another_or_without_success_is_none(other: dict[str, Any]) -> None:
    assert "cut for good" in clauses(CUT, replace(CALL, retry_after="1", **other))


def test_a_request_that_may_be_repeated_needs_no_key() -> None:
    read = Call("read_order", "GET", "/v1/orders/o-1", caller="customer", status=None)
    assert clauses(read, replace(read, status=200)) == set()
    assert clauses(read, replace(read, path="/v1/orders/o-2", status=200)) == {"cut for good"}


def test_a_request_that_the_table_forbids_must_be_refused() -> None:
    forbidden = replace(CALL, forbidden=True)
    assert clauses(forbidden) == {"allowed"}
    for status in (401, 403, 404):
        seen, allowed = check(replace(forbidden, status=status))
        assert seen.violations == allowed.violations == 0
        assert allowed.checked == {"forbidden calls": 1}


@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_a_forbidden_request_that_was_refused_for_another_reason_was_let_past(status: int) -> None:
    forbidden = replace(CALL, status=status, order_id=None, forbidden=True)
    for causes in (None, [429]):
        _, allowed = check(replace(forbidden, causes=causes))
        assert set(allowed.by_clause) == {"let past the guard"}
    # Such as an own first request under the same key.
    assert clauses(replace(forbidden, causes=[status])) == set()


@pytest.mark.parametrize("status", [None, 429, 503])
def test_a_forbidden_request_that_nobody_judged_is_no_fault_of_rights(status: int | None) -> None:
    _, allowed = check(replace(CALL, status=status, retry_after="1", forbidden=True))
    assert allowed.violations == 0
