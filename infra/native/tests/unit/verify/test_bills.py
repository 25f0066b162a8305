"""I1, bill by bill: a penny too many and a use too many are named."""

from dataclasses import replace
from typing import Any

import pytest

from native.verify.findings import Findings
from native.verify.invariants.bills import Bill, Use, Uses, check_bills

BILL = Bill(
    order_id="o-1",
    status="confirmed",
    customer="u-1",
    subtotal=1000,
    discount=100,
    shipping=300,
    tax=200,
    shipping_tax=50,
    prices_include_tax=True,
    total=1200,
    lines_subtotal=1000,
    lines_discount=100,
    lines_tax=150,
    limited=("p-1",),
)
GUESTS = replace(BILL, order_id="o-2", customer=None)
USES = {("p-1", ""): Uses(2, 10), ("p-1", "u-1"): Uses(1, 1)}


def check(*bills: Bill, uses: dict[Use, Uses] = USES) -> Findings:
    found = Findings("I1", "")
    check_bills(bills, uses, found)
    return found


def test_bills_that_add_up_have_no_violation_and_are_counted() -> None:
    found = check(BILL, GUESTS)
    assert found.violations == 0, found.examples
    assert found.checked == {"bills": 2, "limits of promotions": 2}


def test_tax_comes_on_top_where_prices_do_not_include_it() -> None:
    on_top = replace(BILL, prices_include_tax=False, total=1400)
    assert check(on_top, GUESTS).violations == 0
    assert set(check(replace(on_top, total=1200), GUESTS).by_clause) == {"total is not its parts"}


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"total": 1201}, "total is not its parts"),
        ({"lines_subtotal": 999}, "subtotal is not its lines"),
        ({"lines_discount": 99}, "discount is not its lines"),
        ({"lines_tax": 151}, "tax is not its lines"),
    ],
)
def test_a_penny_too_many_is_seen(change: dict[str, Any], clause: str) -> None:
    found = check(replace(BILL, **change), GUESTS)
    assert set(found.by_clause) == {clause}
    assert found.examples[0].about == "order o-1"


def test_an_order_that_ended_uses_no_promotion() -> None:
    cancelled = replace(BILL, status="cancelled")
    found = check(cancelled, GUESTS)
    assert found.by_clause == {"uses of a promotion differ from its orders": 2}
    assert check(cancelled, GUESTS, uses={("p-1", ""): Uses(1, 10)}).violations == 0


def test_a_use_that_was_not_counted_is_seen() -> None:
    assert set(check(BILL, GUESTS, uses={}).by_clause) == {
        "uses of a promotion differ from its orders"
    }


def test_a_promotion_that_was_used_more_often_than_it_may_be() -> None:
    again = replace(BILL, order_id="o-3")
    found = check(BILL, again, GUESTS, uses={("p-1", ""): Uses(3, 2), ("p-1", "u-1"): Uses(2, 1)})
    assert found.by_clause == {"promotion used too often": 2}
