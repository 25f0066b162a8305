"""Amounts and dates as mail shows them; the templates' filters.

Amounts are integers of minor units, and how many of those make a major unit is the currency's
affair (ISO 4217): a yen has none, a Kuwaiti dinar has a thousand.
"""

from datetime import datetime
from functools import lru_cache

from notifications.domain.order import Money

_WITHOUT_MINOR_UNITS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"),
    *("VUV", "XAF", "XOF", "XPF"),
)
_DIGITS = {
    **dict.fromkeys(("CLF", "UYW"), 4),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(_WITHOUT_MINOR_UNITS, 0),
}
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}


@lru_cache(maxsize=4096)  # The same prices come again and again.
def format_money(money: Money) -> str:
    """Returns `£1,234.50`, or `CHF 1,234.50` where the sign would be ambiguous or unknown."""
    digits = _DIGITS.get(money.currency, 2)
    whole, minor = divmod(abs(money.amount), 10**digits)
    number = f"{whole:,}.{minor:0{digits}d}" if digits else f"{whole:,}"
    sign = "-" if money.amount < 0 else ""
    symbol = _SYMBOLS.get(money.currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{money.currency} {number}"


def format_date(moment: datetime) -> str:
    """Returns `22 November 2026`, in UTC."""
    return f"{moment.day} {moment:%B %Y}"
