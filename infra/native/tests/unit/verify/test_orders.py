"""I3: orders that are lost or doubled are named, by the shop's keys and by the client log."""

from dataclasses import replace

import pytest

from native.verify.client_log import Call
from native.verify.findings import Findings
from native.verify.invariants.orders import KeyRow, Orders, order_at

ORDERS = {"o-1": True, "o-2": True, "o-old": False}
KEYS = [
    KeyRow("sub:1 POST /v1/orders", "k-1", "o-1"),
    KeyRow("sub:2 POST /v1/orders", "k-1", "o-2"),
]
TOLD = Call("place_order", "POST", "/v1/orders", "k-1", "sub:1", "o-1", 201)


def check(
    calls: list[Call], orders: dict[str, bool] = ORDERS, keys: list[KeyRow] = KEYS
) -> Findings:
    judged = Orders(orders, keys)
    for call in calls:
        judged.take(call)
    return judged.finish()


def test_right_orders_have_no_violation_and_all_of_them_are_counted() -> None:
    found = check([TOLD, TOLD, replace(TOLD, caller="sub:2", order_id="o-2")])
    assert found.violations == 0, found.examples
    assert found.checked == {"orders": 3, "keys": 2, "times a client was told": 3}


def test_an_order_that_a_client_was_told_of_and_that_is_not_there() -> None:
    found = check([replace(TOLD, idempotency_key=None, order_id="o-9")])
    assert set(found.by_clause) == {"order lost"}
    assert "o-9" in found.examples[0].found


def test_an_order_that_was_made_and_of_which_its_client_was_not_told() -> None:
    found = check([replace(TOLD, order_id=None)])
    assert set(found.by_clause) == {"told of no order"}


@pytest.mark.parametrize("status", [None, 409, 503])
def test_who_was_told_nothing_good_was_promised_nothing(status: int | None) -> None:
    assert check([replace(TOLD, order_id="o-9", status=status)]).violations == 0


def test_one_key_of_one_caller_has_one_order() -> None:
    assert set(check([TOLD, replace(TOLD, order_id="o-2")]).by_clause) == {"two orders for a key"}


def test_a_key_that_stands_for_no_order() -> None:
    stray = KeyRow("sub:1 POST /v1/orders", "k-9", "o-9")
    assert set(check([], keys=[*KEYS, stray]).by_clause) == {"key without an order"}


def test_two_keys_for_one_order() -> None:
    again = replace(KEYS[0], key="k-2")
    assert set(check([], keys=[*KEYS, again]).by_clause) == {"two keys for an order"}


def test_an_order_that_was_stored_without_its_key() -> None:
    found = check([], keys=KEYS[:1])
    assert set(found.by_clause) == {"order without a key"}
    assert found.examples[0].about == "o-2"


def test_only_the_place_of_an_order_is_one() -> None:
    assert order_at("/v1/orders/o-1") == "o-1"
    for place in (None, "/v1/orders/o-1/returns/r-1", "/v1/carts/c-1"):
        assert order_at(place) is None
