"""What the tests of import and replay share: a month of three invoices, and a shop in memory."""

from pathlib import Path

import pytest

from infra.native.tests.unit.shop.fake_shop import FakeShop
from native.shop import settling
from native.shop.lines import COLUMNS

MONTH = """\
536365,85123A,WHITE HANGING HEART,6,2010-12-01T08:26,2.55,17850,United Kingdom
536365,71053,WHITE METAL LANTERN,2,2010-12-01T08:26,3.39,17850,United Kingdom
536370,85123a,WHITE HANGING HEART,1,2010-12-01T08:45,2.55,12583,France
536370,POST,POSTAGE,3,2010-12-01T08:45,18.00,12583,France
536414,22139,RETROSPOT TEA SET,56,2010-12-01T11:52,4.25,,Channel Islands
536380,71053,WHITE METAL LANTERN,1,2010-12-01T09:41,3.39,17850,United Kingdom
C536379,71053,WHITE METAL LANTERN,-1,2010-12-01T09:41,3.39,17850,United Kingdom
536390,71053,WHITE METAL LANTERN,x,2010-12-01T10:19,3.39,17511,United Kingdom
"""
REVENUE = 6 * 255 + 2 * 339 + 255 + 56 * 425 + 339


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """Four orders of two customers and a guest, with a postage, a return and a bad row."""
    file = tmp_path / "month.csv"
    file.write_text(",".join(COLUMNS) + "\n" + MONTH)
    return file


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeShop:
    async def quiet(*_: object) -> float:
        return 0.0

    monkeypatch.setattr(settling, "gauge", quiet)
    return FakeShop()
