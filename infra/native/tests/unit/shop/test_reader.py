"""The reader against small files that show each rule."""

import gzip
from pathlib import Path

import pytest

from native.shop.lines import COLUMNS, NotThisDataSet
from native.shop.reader import Shop, read_shop

HEADER = ",".join(COLUMNS)


def shop_of(tmp_path: Path, *rows: str) -> Shop:
    file = tmp_path / "month.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return read_shop(file)


def sale(invoice: str, code: str, name: str, quantity: int, price: str) -> str:
    return f"{invoice},{code},{name},{quantity},2010-12-01T08:26,{price},17850,United Kingdom"


def test_orders_go_by_date_and_keep_the_files_order_within_a_minute(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        "3,10000,A,1,2010-12-02T08:00,1.00,,France",
        "2,10000,A,1,2010-12-01T08:00,1.00,,France",
        "1,10000,A,1,2010-12-01T08:00,1.00,,France",
    )
    assert [order.invoice for order in shop.orders] == ["2", "1", "3"]
    assert shop.orders[0].customer is None


def test_a_lower_case_code_is_the_same_sku(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path, sale("1", "85123a", "X", 2, "2.55"), sale("1", "85123A", "X", 3, "2.55")
    )
    assert shop.prices == {"85123A": 255}
    assert [(line.sku, line.quantity) for line in shop.orders[0].lines] == [("85123A", 5)]


def test_the_price_is_the_most_frequent_and_the_lowest_of_equals(tmp_path: Path) -> None:
    prices = ("2.95", "2.55", "2.55", "2.95", "9.00")
    rows = (sale(str(n), "10000", "X", 1, price) for n, price in enumerate(prices))
    assert shop_of(tmp_path, *rows).prices == {"10000": 255}


def test_the_name_is_the_most_frequent_tidied_and_the_first_of_equals(tmp_path: Path) -> None:
    names = ("PINK  CUP", " BLUE CUP ", "PINK CUP", "BLUE CUP", "")
    rows = (sale(str(n), "10000", name, 1, "1.00") for n, name in enumerate(names))
    assert shop_of(tmp_path, *rows).products[0].name == "BLUE CUP"


def test_a_product_is_named_for_its_best_selling_variant(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path, sale("1", "10000A", "RED", 1, "1.00"), sale("1", "10000B", "BLUE", 2, "1")
    )
    assert [(p.code, p.name, len(p.variants)) for p in shop.products] == [("10000", "BLUE", 2)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("536370,POST,POSTAGE,3,2010-12-01T08:45,18.00,12583,France", "no product"),
        ("C536379,POST,POSTAGE,-1,2010-12-01T09:41,27.50,14527,France", "no product"),
        ("C536391,22556,PLASTERS,-12,2010-12-01T10:24,1.65,17548,France", "return"),
        ("536414,22139,,56,2010-12-01T11:52,0.00,,France", "no sale"),
        ("536589,21777,,-10,2010-12-01T16:50,0.00,,France", "no sale"),
    ],
)
def test_what_is_no_sale_is_counted_by_reason(tmp_path: Path, row: str, reason: str) -> None:
    shop = shop_of(tmp_path, row)
    assert {name: count for name, count in shop.left_out.items() if count} == {reason: 1}
    assert shop.orders == ()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1,10000,X,one,2010-12-01T08:26,1.00,,France", "Quantity 'one' is not a whole number"),
        ("1,10000,X,1,yesterday,1.00,,France", "InvoiceDate 'yesterday' is not an ISO date"),
        ("1,10000,X,1,2010-12-01T08:26,NaN,,France", "UnitPrice 'NaN' is not a number"),
        ("1,10000,X,1,2010-12-01T08:26,1.005,,France", "UnitPrice 1.005 is not a whole number of"),
        (",10000,X,1,2010-12-01T08:26,1.00,,France", "InvoiceNo is missing"),
        ("1,10000,X", "3 fields instead of 8"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_left_out(
    tmp_path: Path, row: str, why: str
) -> None:
    shop = shop_of(tmp_path, sale("1", "10000", '"two\nlines"', 1, "1.00"), row)
    (problem,) = shop.bad_rows
    assert problem.line == 4
    assert problem.reason.startswith(why)
    assert len(shop.orders) == 1


def test_another_header_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(NotThisDataSet):
        read_shop(file)


def test_the_digest_is_of_the_text_packed_or_not(tmp_path: Path) -> None:
    plain = shop_of(tmp_path, sale("1", "10000", "X", 1, "1.00"))
    packed = tmp_path / "month.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "month.csv").read_bytes()))
    assert read_shop(packed) == plain


def test_broken_characters_do_not_stop_the_reading(tmp_path: Path) -> None:
    file = tmp_path / "month.csv"
    file.write_bytes(f"{HEADER}\n".encode() + sale("1", "10000", "CAF@", 1, "1.00").encode())
    file.write_bytes(file.read_bytes().replace(b"@", b"\xe9"))
    assert read_shop(file).products[0].name == "CAF\N{REPLACEMENT CHARACTER}"
