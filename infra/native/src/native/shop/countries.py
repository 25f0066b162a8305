"""The data set's country names as ISO 3166-1 alpha-2 codes, kept in countries.json.

`replay` is the caller. What is no country of the standard (Channel Islands, European Community,
Unspecified) or is not in the file becomes ZZ, which the standard leaves to its users.
"""

import json
from functools import cache
from importlib.resources import files

UNKNOWN = "ZZ"


@cache
def _codes() -> dict[str, str]:
    text = files("native.shop").joinpath("countries.json").read_text(encoding="utf-8")
    codes: dict[str, str] = json.loads(text)
    return codes


def country_code(name: str) -> str:
    """The two letters for a country as the file writes it; ZZ for what has none."""
    return _codes().get(name, UNKNOWN)
