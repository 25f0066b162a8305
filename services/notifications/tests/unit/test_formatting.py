"""Amounts of minor units and dates as people write them."""

from datetime import UTC, datetime

import pytest

from notifications.adapters.formatting import format_date, format_money
from notifications.domain.order import Money

# All of ISO 4217 beside the yen.
WITHOUT_MINOR_UNITS = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (0, "GBP", "£0.00"),
        (5, "GBP", "£0.05"),
        (81_800_175, "GBP", "£818,001.75"),
        (-1_770, "GBP", "-£17.70"),
        (255, "EUR", "€2.55"),
        (255, "CHF", "CHF 2.55"),
        (255, "JPY", "¥255"),
        *((1_255, currency, f"{currency} 1,255") for currency in WITHOUT_MINOR_UNITS),
        (125_500, "UYW", "UYW 12.5500"),
        (1_255, "KWD", "KWD 1.255"),
    ],
)
def test_an_amount_is_shown_in_major_units(amount: int, currency: str, shown: str) -> None:
    assert format_money(Money(amount, currency)) == shown


def test_a_date_has_no_leading_zero() -> None:
    assert format_date(datetime(2010, 12, 1, 23, 59, tzinfo=UTC)) == "1 December 2010"
