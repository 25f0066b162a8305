"""The reader and the matching of returns against the real December file.

The figures are those that data/online-retail/README.md promises.
"""

from collections import Counter

import pytest

from native.place import CHECKOUT
from native.shop.countries import country_code
from native.shop.matching import Unmatched, match_returns
from native.shop.reader import Shop, read_shop


@pytest.fixture(scope="module")
def december() -> Shop:
    """The real December, which takes a second to read."""
    return read_shop(CHECKOUT / "data/online-retail/online-retail-2010-12.csv.gz")


def test_december_has_the_promised_catalogue(december: Shop) -> None:
    assert len(december.prices) == 2719
    assert len(december.products) == 2370


def test_december_has_the_promised_orders(december: Shop) -> None:
    assert len(december.orders) == 1550
    assert sum(order.units for order in december.orders) == 358_743
    assert december.revenue() == 81_800_175
    assert max(len(order.lines) for order in december.orders) == 673


def test_december_leaves_out_what_is_promised_and_loses_no_line(december: Shop) -> None:
    assert december.left_out == {"no product": 200, "return": 698, "no sale": 273}
    assert december.lines_read == 42_481
    assert december.bad_rows == ()


def test_december_has_its_return_lines_in_the_order_of_their_dates(december: Shop) -> None:
    assert len(december.returns) == december.left_out["return"]
    assert list(december.returns) == sorted(december.returns, key=lambda line: line.at)


def test_december_counts_whole_countries(december: Shop) -> None:
    codes = {order.country: country_code(order.country) for order in december.orders}
    assert {name for name, code in codes.items() if code == "ZZ"} == {"Channel Islands"}
    assert codes["EIRE"] == "IE"


def test_a_known_product_reads_as_it_is(december: Shop) -> None:
    product = next(p for p in december.products if p.code == "85123")
    assert product.name == "WHITE HANGING HEART T-LIGHT HOLDER"
    assert {v.sku: v.price for v in product.variants}["85123A"] == 295


def test_opening_stock_is_what_was_sold_and_a_margin(december: Shop) -> None:
    stock = december.opening_stock(margin=7)
    assert sum(stock.values()) == 358_743 + 7 * 2719


def test_decembers_returns_are_all_accounted_for(december: Shop) -> None:
    found = match_returns(december.orders, december.returns)
    reasons = Counter(line.reason for line in found.left_over)
    assert reasons == {
        Unmatched.NEVER_BOUGHT: 371,
        Unmatched.TOO_MANY: 8,
        Unmatched.NO_CUSTOMER: 23,
    }
    goods = [goods for returns in found.matched.values() for goods in returns]
    assert (len(found.matched), len(goods)) == (149, 159)
    assert sum(sum(one.units.values()) for one in goods) == 3_209
    worth = sum(december.prices[sku] * count for one in goods for sku, count in one.units.items())
    assert worth == 993_445
