"""Runs Schemathesis over a document, as its users do, and reads what it found.

The tests beside it point it at the running shop, and at a small service that lies.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = "20101201"
# The others ask more of a document than it can say: that whatever fits the schema is accepted (a
# cursor is any text, and only ours work), and that /v1/users/imports is no user's id. The chassis
# has tests of its own for Allow.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,negative_data_rejection,"
    "missing_required_header"
)

# These end what a run needs, its own session or password; a new customer tries them.
ENDING = ("change_own_password", "end_own_session", "end_own_sessions")
# A stream of events ends at once, or a run would wait for each.
FIXED: Mapping[str, Any] = {"seconds": 0}
# Beside 4xx that Schemathesis knows: too long for a header or an address is refused at the edge.
REFUSALS = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 428, 429, 431]
"""
LEGIBLE = 20_000  # characters of its own words; the addresses that it tries are long


@dataclass(frozen=True, slots=True)
class Findings:
    """`operations` were tried with `cases` requests; `failures` are lines for people."""

    operations: int
    cases: int
    failures: tuple[str, ...]
    output: str


async def fuzz(
    url: str,
    scratch: Path,
    *,
    headers: Mapping[str, str],
    phases: str,
    examples: int,
    options: Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
) -> Findings:
    """One run; `parameters` are values for parameters of these names, wherever they stand."""
    report, config = scratch / "report.json", scratch / "schemathesis.toml"
    fixed = {**FIXED, **(parameters or {})}
    lines = [f"{name} = {json.dumps(value)}" for name, value in fixed.items()]
    config.write_text("\n".join([REFUSALS, "[parameters]", *lines, ""]))
    words = [*("--config-file", str(config)), "run", f"{url}/openapi.json", "--url", url]
    words += ["--checks", CHECKS, "--phases", phases, "--max-examples", str(examples)]
    words += ["--seed", SEED, "--continue-on-failure", "--warnings", "off", "--no-color"]
    words += ["--generation-database", "none", "--report", "json"]
    words += ["--report-json-path", str(report), *options]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", *words),
        cwd=scratch,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await child.communicate()
    return _read(json.loads(report.read_text()), output.decode(errors="replace"))


def without(operations: Sequence[str]) -> list[str]:
    """The options that leave these operations out."""
    return [word for name in operations for word in ("--exclude-operation-id", name)]


def only(operations: Sequence[str]) -> list[str]:
    """The options that leave all other operations out."""
    return [word for name in operations for word in ("--include-operation-id", name)]


def _read(report: Mapping[str, Any], output: str) -> Findings:
    failures = [f"{f['title']}: {', '.join(f['operations'])}" for f in report["failures"]]
    failures += [f"error: {error}" for error in report["errors"]]
    counted = report["operations"]["tested"], report["test_cases"]["generated"]
    return Findings(*counted, tuple(failures), output[:LEGIBLE])
