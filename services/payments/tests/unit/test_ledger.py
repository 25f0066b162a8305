"""Every posting sums to zero, and the books say where the money is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.errors import CurrencyMismatch, UnbalancedPosting
from payments.domain.ledger import Account, Entry, Posting, hold, refund, release, sale
from payments.domain.money import Money

amounts = st.integers(min_value=1, max_value=10**12)


def pounds(pence: int) -> Money:
    return Money(pence, "GBP")


def balance(*postings: Posting) -> dict[Account, int]:
    sums = dict.fromkeys(Account, 0)
    for posting in postings:
        for entry in posting.entries:
            sums[entry.account] += entry.money.amount
    return sums


def test_a_posting_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(UnbalancedPosting):
        Posting("wrong", (Entry(Account.SALES, pounds(1)),))


def test_two_currencies_do_not_balance_each_other() -> None:
    entries = (Entry(Account.SALES, pounds(1)), Entry(Account.REFUNDS, Money(-1, "EUR")))
    with pytest.raises(UnbalancedPosting):
        Posting("wrong", entries)


@given(amounts, st.data())
def test_the_whole_life_of_a_payment_leaves_no_hold(amount: int, data: st.DataObject) -> None:
    captured = data.draw(st.integers(1, amount))
    back = data.draw(st.integers(1, captured))
    sums = balance(
        hold(pounds(amount)), sale(pounds(amount), pounds(captured)), refund(pounds(back))
    )
    assert sum(sums.values()) == 0
    assert sums[Account.CUSTOMER_AUTHORISATIONS] == 0
    assert sums[Account.PROVIDER_RECEIVABLE] == captured - back
    assert sums[Account.SALES] == -captured
    assert sums[Account.REFUNDS] == back


@given(amounts)
def test_a_release_undoes_a_hold(amount: int) -> None:
    assert not any(balance(hold(pounds(amount)), release(pounds(amount))).values())


def test_money_of_two_currencies_does_not_add_up() -> None:
    with pytest.raises(CurrencyMismatch):
        pounds(1) + Money(1, "EUR")
    with pytest.raises(CurrencyMismatch):
        assert pounds(1) > Money(1, "EUR")
