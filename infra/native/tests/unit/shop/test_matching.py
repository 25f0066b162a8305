"""Returns find their order: the customer's latest earlier one that has so many left."""

from datetime import datetime, timedelta

from native.shop.matching import GoodsBack, Unmatched, match_returns
from native.shop.reader import InvoiceOrder, OrderLine, ReturnLine

MORNING = datetime.fromisoformat("2010-12-01T08:00")


def order(invoice: str, hour: int, *, customer: str | None = "17850", **units: int) -> InvoiceOrder:
    lines = tuple(OrderLine(sku[1:], count) for sku, count in units.items())
    return InvoiceOrder(invoice, MORNING + timedelta(hours=hour), customer, "GB", lines)


def back(
    quantity: int, *, hour: int = 9, sku: str = "71053", customer: str | None = "17850"
) -> ReturnLine:
    return ReturnLine(f"C{hour}", MORNING + timedelta(hours=hour), customer, sku, quantity)


def test_a_return_belongs_to_the_latest_order_before_it() -> None:
    orders = [order("1", 1, _71053=5), order("2", 2, _71053=5), order("3", 9, _71053=5)]
    assert match_returns(orders, [back(-3)]).matched == {"2": [GoodsBack("C9", {"71053": 3})]}


def test_where_the_latest_has_not_so_many_left_an_earlier_one_is_taken() -> None:
    orders = [order("1", 1, _71053=5), order("2", 2, _71053=2)]
    found = match_returns(orders, [back(-2), back(-1, hour=10), back(-1, hour=10)])
    assert found.matched == {
        "2": [GoodsBack("C9", {"71053": 2})],
        "1": [GoodsBack("C10", {"71053": 2})],
    }


def test_one_line_is_never_shared_between_two_orders() -> None:
    orders = [order("1", 1, _71053=2), order("2", 2, _71053=2)]
    found = match_returns(orders, [back(-3)])
    assert found.matched == {}
    assert [line.reason for line in found.left_over] == [Unmatched.TOO_MANY]


def test_what_belongs_to_no_order_says_why() -> None:
    orders = [order("1", 1, _71053=2), order("2", 2, customer=None, _71053=9)]
    lines = [
        back(-1, customer=None),
        back(-1, customer="12583"),
        back(-1, sku="85123A"),
        back(-1, hour=1),
        back(2),
    ]
    assert [line.reason for line in match_returns(orders, lines).left_over] == [
        Unmatched.NO_CUSTOMER,
        Unmatched.NEVER_BOUGHT,
        Unmatched.NEVER_BOUGHT,
        Unmatched.NEVER_BOUGHT,
        Unmatched.NO_RETURN,
    ]
