"""I1: each way in which money can be wrong is named, and right books are not."""

from dataclasses import replace
from typing import Any

import pytest

from native.verify.findings import Findings
from native.verify.invariants.money import (
    HELD,
    REFUNDS,
    SALES,
    Books,
    Charge,
    LedgerEntry,
    OrderMoney,
    PaymentRow,
    check_money,
)

OTHER_SIDES = {
    HELD: "authorised_sales",
    SALES: "provider_receivable",
    REFUNDS: "provider_receivable",
}


def posting(name: str, payment: str, account: str, amount: int) -> list[LedgerEntry]:
    """A posting of two sides."""
    return [
        LedgerEntry(name, payment, account, "GBP", amount),
        LedgerEntry(name, payment, OTHER_SIDES[account], "GBP", -amount),
    ]


PAID = PaymentRow("p-1", "o-1", "partially_refunded", 1000, 700, 200, "ch-1", "GBP")
HOLDING = PaymentRow("p-2", "o-2", "partially_captured", 500, 100, 0, "ch-2", "GBP")
DECLINED = PaymentRow("p-3", "o-3", "declined", 300, 0, 0, None, "GBP")
ENTRIES = [
    *posting("a", "p-1", HELD, 1000),
    *posting("b", "p-1", HELD, -1000),
    *posting("b2", "p-1", SALES, -700),
    *posting("c", "p-1", REFUNDS, 200),
    *posting("d", "p-2", HELD, 500),
    *posting("e", "p-2", HELD, -100),
    *posting("e2", "p-2", SALES, -100),
]
ORDERS = [
    OrderMoney("o-1", "delivered", 1000, 700, 200, "GBP"),
    OrderMoney("o-2", "partially_shipped", 500, 100, 0, "GBP"),
    OrderMoney("o-3", "rejected", 300, 0, 0, "GBP"),
    OrderMoney("o-4", "pending", 50, 0, 0, "GBP"),
]
CHARGES = {"ch-1": Charge(700, 200, False), "ch-2": Charge(100, 0, True)}
BOOKS = Books(ENTRIES, [PAID, HOLDING, DECLINED], ORDERS, CHARGES)


def clauses(books: Books) -> set[str]:
    return set(check_money(books).by_clause)


def test_right_books_have_no_violation_and_all_of_them_are_counted() -> None:
    found = check_money(BOOKS)
    assert found.violations == 0, found.examples
    assert found.checked == {"ledger entries": 14, "payments": 3, "charges": 2, "orders": 4}


def test_a_posting_with_one_side_sums_to_something() -> None:
    found = check_money(replace(BOOKS, entries=ENTRIES[:-1]))
    assert found.by_clause["posting does not sum to zero"] == 1
    assert found.by_clause["ledger does not sum to zero"] == 1
    assert any(example.about == "e2" for example in found.examples)


def test_sums_are_made_currency_by_currency() -> None:
    mixed = [*ENTRIES[:-1], replace(ENTRIES[-1], currency="EUR")]
    assert check_money(replace(BOOKS, entries=mixed)).by_clause["ledger does not sum to zero"] == 2


@pytest.mark.parametrize(
    ("lost", "clause"),
    [
        ("a", "held differs from the ledger"),
        ("e2", "captured differs from the ledger"),
        ("c", "refunded differs from the ledger"),
    ],
)
def test_a_lost_posting_is_missed_although_the_rest_sums_to_zero(lost: str, clause: str) -> None:
    left = [entry for entry in ENTRIES if entry.posting_id != lost]
    assert clauses(replace(BOOKS, entries=left)) == {clause}


def test_a_posting_for_a_payment_that_is_not_there() -> None:
    stray = [*ENTRIES, *posting("x", "p-9", SALES, -5)]
    assert clauses(replace(BOOKS, entries=stray)) == {"posting without a payment"}


def test_more_cannot_go_back_than_was_taken() -> None:
    payment = replace(PAID, refunded=800)
    found = clauses(replace(BOOKS, payments=[payment, HOLDING, DECLINED]))
    assert {"more than there was", "refunded differs from the ledger"} <= found


@pytest.mark.parametrize("change", [{"captured": 701}, {"refunded": 0}])
def test_an_order_that_says_otherwise_than_its_payment(change: dict[str, Any]) -> None:
    orders = [replace(ORDERS[0], **change), *ORDERS[1:]]
    found = check_money(replace(BOOKS, orders=orders))
    assert set(found.by_clause) == {"order says otherwise"}
    assert found.examples[0].about == "order o-1"


def test_a_provider_that_says_otherwise() -> None:
    for charge in (None, Charge(700, 400, False)):
        charges = {name: said for name, said in {**CHARGES, "ch-1": charge}.items() if said}
        assert clauses(replace(BOOKS, charges=charges)) == {"provider says otherwise"}


def test_a_charge_that_nobody_knows_unless_it_came_to_nothing() -> None:
    for charge in (Charge(0, 0, True), Charge(5, 0, False)):
        books = replace(BOOKS, charges={**CHARGES, "ch-9": charge})
        assert clauses(books) == {"charge without a payment"}
    given_back = {**CHARGES, "ch-9": Charge(5, 5, False)}
    assert clauses(replace(BOOKS, charges=given_back)) == set()


def test_another_provider_than_the_simulated_one_is_not_asked() -> None:
    assert clauses(replace(BOOKS, charges=None)) == set()


def test_a_payment_without_an_order() -> None:
    assert clauses(replace(BOOKS, orders=ORDERS[1:])) == {"payment without an order"}


def test_a_payment_of_another_sum_than_the_order_costs() -> None:
    orders = [replace(ORDERS[0], total=1001), *ORDERS[1:]]
    assert clauses(replace(BOOKS, orders=orders)) == {"asked for another sum than the total"}


def test_money_in_another_currency_than_the_order_is_in() -> None:
    dollars = [replace(entry, currency="USD") for entry in ENTRIES]
    in_pounds = [replace(entry, currency="GBP") for entry in dollars[:4]] + dollars[4:]
    assert clauses(replace(BOOKS, entries=in_pounds)) == {"posted in another currency"}
    asked = [PAID, replace(HOLDING, currency="USD"), DECLINED]
    books = replace(BOOKS, payments=asked, entries=[*ENTRIES[:8], *dollars[8:]])
    assert clauses(books) == {"asked for another sum than the total"}


def test_two_payments_for_one_order_are_seen_though_the_second_agrees_with_it() -> None:
    twin = replace(PAID, id="p-0", status="voided", captured=0, refunded=0, reference=None)
    books = replace(BOOKS, payments=[twin, PAID, HOLDING, DECLINED])
    assert clauses(books) == {"two payments for an order"}


@pytest.mark.parametrize("number", [0, 1])
def test_an_order_that_ended_keeps_no_money(number: int) -> None:
    orders = list(ORDERS)
    orders[number] = replace(orders[number], status="cancelled")
    assert clauses(replace(BOOKS, orders=orders)) == {"money kept for an order that ended"}


def test_a_confirmed_order_has_a_payment_unless_it_was_free() -> None:
    def with_order(total: int) -> Findings:
        return check_money(
            replace(BOOKS, orders=[*ORDERS, OrderMoney("o-5", "packed", total, 0, 0, "GBP")])
        )

    assert set(with_order(10).by_clause) == {"sold without a payment"}
    assert with_order(0).violations == 0
