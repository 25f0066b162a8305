"""Importing a file into a shop in memory: what arrives, and that twice is once."""

from pathlib import Path

import pytest

from infra.native.tests.unit.shop.fake_shop import FakeShop
from native.progress import Progress
from native.shop import waiting
from native.shop.import_command import rows, show
from native.shop.importer import AnotherMargin, NotTakenIn, chunks, import_file


def renamed(month: Path) -> Path:
    return month.rename(month.with_name("renamed.csv"))


def dearer(month: Path) -> Path:
    month.write_text(month.read_text().replace(",2.55,", ",2.95,"))
    return month


async def test_prices_products_and_opening_stock_arrive(month: Path, fake: FakeShop) -> None:
    report = await import_file(month, fake.session())
    assert fake.prices == {"85123A": 255, "71053": 339, "22139": 425}
    assert fake.available == {"85123A": 107, "71053": 103, "22139": 156}
    assert (report.skus, report.products, report.created) == (3, 3, 3)
    assert report.stock_added == 366
    assert report.left_out == {"no product": 1, "return": 1, "no sale": 0, "bad row": 1}
    assert report.bad_rows == [{"line": 9, "reason": "Quantity 'x' is not a whole number"}]


async def test_importing_the_same_file_again_changes_nothing(month: Path, fake: FakeShop) -> None:
    await import_file(month, fake.session())
    before = fake.available.copy()
    again = await import_file(month, fake.session())
    assert fake.available == before
    assert (again.created, again.changed, again.unchanged, again.stock_added) == (0, 0, 3, 0)


async def test_another_margin_for_the_same_file_is_refused(month: Path, fake: FakeShop) -> None:
    await import_file(month, fake.session())
    with pytest.raises(AnotherMargin):
        await import_file(month, fake.session(), margin=5)
    assert fake.available["85123A"] == 107


async def test_a_file_under_another_name_is_the_same_file(month: Path, fake: FakeShop) -> None:
    await import_file(month, fake.session())
    assert (await import_file(renamed(month), fake.session())).stock_added == 0


async def test_a_later_file_changes_prices_and_adds_stock(month: Path, fake: FakeShop) -> None:
    await import_file(month, fake.session())
    report = await import_file(dearer(month), fake.session(), margin=0)
    assert (report.changed, report.unchanged) == (1, 2)
    assert fake.prices["85123A"] == 295
    assert fake.available["85123A"] == 107 + 7


async def test_an_import_that_a_service_never_takes_in_fails(
    month: Path, fake: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("native.shop.importer.price_list", nothing)
    monkeypatch.setattr(waiting.until_none_is_left, "__kwdefaults__", {"standstill": 0.0})
    with pytest.raises(NotTakenIn, match="3 SKUs did not reach orders"):
        await import_file(month, fake.session())


async def nothing(*_: object) -> dict[str, int]:
    return {}


async def test_the_table_counts_every_line_once(
    month: Path, fake: FakeShop, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await import_file(month, fake.session())
    figures = dict(rows(report))
    assert figures["lines read"] == 8
    assert figures["lines left out: bad row"] == 1
    show(report, Progress().console)
    assert "line 9: Quantity 'x' is not a whole number" in capsys.readouterr().err


def test_chunks_have_the_size_that_was_asked_for() -> None:
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
