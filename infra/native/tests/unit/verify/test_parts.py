"""I1, part by part: a shipment or a refund on which orders and payments differ is named."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from native.verify.findings import Findings
from native.verify.invariants.money import OrderMoney
from native.verify.invariants.parts import (
    REFUNDS,
    SALES,
    GoodsBack,
    Part,
    PostedPart,
    check_charged,
    check_parts,
    check_returned,
)

PARTS = {
    "s-1": Part("o-1", SALES, 700, done=True),
    "s-2": Part("o-1", SALES, 300, done=False),
    "s-free": Part("o-2", SALES, 0, done=True),
    "r-1": Part("o-1", REFUNDS, 200, done=True),
}
SHIPPED, REFUNDED = PostedPart("s-1", SALES, 700), PostedPart("r-1", REFUNDS, 200)


def check(*posted: PostedPart, parts: dict[str, Part] = PARTS) -> Findings:
    found = Findings("I1", "")
    check_parts(parts, posted, found)
    return found


def test_parts_that_agree_have_no_violation_and_are_counted() -> None:
    found = check(SHIPPED, REFUNDED)
    assert found.violations == 0, found.examples
    assert found.checked == {"shipments": 3, "refunds": 1}


def test_a_refund_that_went_back_twice_is_seen() -> None:
    found = check(SHIPPED, REFUNDED, REFUNDED)
    assert set(found.by_clause) == {"posted twice"}
    assert found.examples[0].about == "r-1 of order o-1"


def test_a_part_that_is_said_to_be_done_and_is_not_in_the_ledger() -> None:
    assert set(check(SHIPPED).by_clause) == {"done without a posting"}


def test_a_part_whose_order_was_never_told() -> None:
    waiting = check(SHIPPED, REFUNDED, PostedPart("s-2", SALES, 300))
    assert set(waiting.by_clause) == {"posted and not done"}


def test_another_amount_than_was_asked() -> None:
    found = check(SHIPPED, replace(REFUNDED, amount=201))
    assert set(found.by_clause) == {"other amount than was asked"}


@pytest.mark.parametrize("status", ["shipped", "delivered", "returned"])
def test_an_order_that_left_as_a_whole_was_paid_for_as_a_whole(status: str) -> None:
    def charged(captured: int, *parts: Part) -> set[str]:
        found = Findings("I1", "")
        order = OrderMoney("o-1", status, 1000, captured, 0, "GBP")
        check_charged([order], dict(enumerate_ids(parts)), found)
        return set(found.by_clause)

    whole = Part("o-1", SALES, 700, done=True), Part("o-1", SALES, 300, done=True)
    assert charged(1000, *whole) == set()
    assert charged(999, *whole) == {"all of it left and another sum was taken"}
    # Of a charge that failed or is on its way, the rest is not known yet.
    assert charged(700, whole[0], replace(whole[1], done=False)) == set()


def enumerate_ids(parts: Iterable[Part]) -> Iterator[tuple[str, Part]]:
    return ((f"s-{number}", part) for number, part in enumerate(parts))


def test_an_order_of_which_a_part_is_left_may_owe_the_rest() -> None:
    found = Findings("I1", "")
    order = OrderMoney("o-1", "partially_shipped", 1000, 700, 0, "GBP")
    check_charged([order], {"s-1": Part("o-1", SALES, 700, done=True)}, found)
    assert found.violations == 0


@pytest.mark.parametrize("refunds", [0, 1, 2])
def test_goods_that_came_back_are_refunded_once(refunds: int) -> None:
    found = Findings("I1", "")
    check_returned([GoodsBack("b-1", "o-1", refunds)], found)
    assert found.checked == {"returns": 1}
    wrong = {"goods came back and were not refunded once"}
    assert set(found.by_clause) == (set() if refunds == 1 else wrong)


def test_money_for_a_part_that_no_order_has() -> None:
    for stray in (PostedPart("r-9", REFUNDS, 5), PostedPart("s-2", REFUNDS, 300)):
        assert set(check(SHIPPED, REFUNDED, stray).by_clause) == {"posted for what no order has"}
