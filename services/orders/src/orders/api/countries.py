"""The countries of ISO 3166-1, as codes of two letters, and ZZ for one that nobody knows.

The schema of an address asks it. ZZ is a code that the standard leaves to its users.
"""

from importlib.resources import files

UNKNOWN = "ZZ"

_LINES = files("orders.api").joinpath("countries.txt").read_text().splitlines()
COUNTRIES = frozenset(code for line in _LINES if not line.startswith("#") for code in line.split())


def is_country(code: str) -> bool:
    """True for a code of the standard, and for ZZ."""
    return code in COUNTRIES or code == UNKNOWN
