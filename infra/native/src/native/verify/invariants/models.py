"""I10: a read model rebuilt from the topics has the rows of the live one.

`rebuild` makes the second one with the services' own handlers; here both are compared.
"""

from collections.abc import Mapping

from native.verify.findings import Findings

LONGEST_ROW = 300  # characters of an example


def findings() -> Findings:
    """The invariant before any model was looked at."""
    return Findings("I10", "read models rebuilt from the topics have the same rows")


def compare(
    model: str, live: Mapping[str, str], rebuilt: Mapping[str, str], found: Findings
) -> None:
    """Compares the rows of both by their keys; a row is any text that says all of it."""
    found.count(f"rows of {model}", len(live))
    for key, row in live.items():
        again = rebuilt.get(key)
        if again is None:
            found.fault("row that no event tells of", f"{model} {key}", _short(row))
        elif again != row:
            text = f"live {_short(row)}, rebuilt {_short(again)}"
            found.fault("other row than the events tell", f"{model} {key}", text)
    for key in rebuilt.keys() - live.keys():
        found.fault("row is missing", f"{model} {key}", f"rebuilt {_short(rebuilt[key])}")


def _short(row: str) -> str:
    return row if len(row) <= LONGEST_ROW else row[: LONGEST_ROW - 1] + "…"
