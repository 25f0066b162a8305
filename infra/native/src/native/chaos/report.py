"""The verdict as tables: which faults there were, and which invariant was violated during which.

`commands/chaos.py` prints them. A violation belongs to the faults that were on when its order was
placed or its call was made; the last line has all of them, those that belong nowhere included.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from native.chaos.play import Happened, Run
from native.verify.client_log import Call
from native.verify.findings import Findings, Violation

# What a fault did may show a little after it was healed.
AFTERMATH = 5.0
_WORDS = re.compile(r"[\w.@-]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run, what verify found, and the calls of its clients."""

    run: Run
    findings: Sequence[Findings]
    calls: Sequence[Call]
    home: str | None
    left_out: Sequence[str]

    @property
    def violations(self) -> int:
        """Of all invariants."""
        return sum(finding.violations for finding in self.findings)


def tables(verdict: Verdict) -> list[Table]:
    """The faults by kind with the violations that belong to them, and the first violations."""
    return [_matrix(verdict), *_examples(verdict.findings)]


def _matrix(verdict: Verdict) -> Table:
    run = verdict.run
    title = f"{len(run.tally.orders)} orders, {len(verdict.calls)} requests, {_rest(run)}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("fault")
    table.add_column("times", justify="right")
    for finding in verdict.findings:
        table.add_column(finding.name, justify="right")
    for kind, cells in matrix(verdict).items():
        table.add_row(kind, *map(str, cells))
    for kind in verdict.left_out:
        table.add_row(kind, "not here")
    checked = [str(finding.checked.total()) for finding in verdict.findings]
    table.add_row("checked", "", *checked)
    totals = [str(finding.violations) for finding in verdict.findings]
    table.add_row("violations", str(len(run.happened)), *totals, style="bold")
    return table


def _rest(run: Run) -> str:
    return "never at rest" if run.rest is None else f"at rest after {run.rest:.0f} s"


def _examples(findings: Iterable[Findings]) -> list[Table]:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        for example in finding.examples:
            table.add_row(finding.name, str(example))
    return [table] if table.row_count else []


def matrix(verdict: Verdict) -> dict[str, list[int]]:
    """For each kind of fault how often it happened, and the violations of each invariant in it."""
    times = _times(verdict.calls)
    kinds: dict[str, list[Happened]] = {}
    for happened in verdict.run.happened:
        kinds.setdefault(happened.plan.kind, []).append(happened)
    return {
        kind: [len(found), *(_within(found, each, times) for each in verdict.findings)]
        for kind, found in sorted(kinds.items())
    }


def _within(found: Sequence[Happened], finding: Findings, times: Mapping[str, list[float]]) -> int:
    return sum(_belongs(found, example, times) for example in finding.examples)


def _belongs(
    found: Sequence[Happened], example: Violation, times: Mapping[str, list[float]]
) -> bool:
    words = _WORDS.findall(f"{example.about} {example.found}")
    moments = [at for word in words for at in times.get(word, ())]
    return any(h.began <= at <= h.healed + AFTERMATH for at in moments for h in found)


def _times(calls: Iterable[Call]) -> dict[str, list[float]]:
    """When each order, key and caller was at work."""
    times: dict[str, list[float]] = {}
    for call in calls:
        for name in {call.order_id, call.idempotency_key, call.caller} - {None}:
            times.setdefault(str(name), []).append(call.at)
    return times


def document(verdict: Verdict) -> dict[str, Any]:
    """The verdict as one JSON object."""
    run = verdict.run
    return {
        "orders": len(run.tally.orders),
        "buyers": run.tally.buyers,
        "requests": len(verdict.calls),
        "faults": len(run.happened),
        "left_out": list(verdict.left_out),
        "rest_seconds": run.rest,
        "letters_missing": list(run.letters_missing),
        "matrix": matrix(verdict),
        "violations": verdict.violations,
        "findings": [finding.document() for finding in verdict.findings],
        "schedule": [_line(happened) for happened in run.happened],
        "home": verdict.home,
    }


def _line(happened: Happened) -> dict[str, Any]:
    plan = happened.plan
    took = round(happened.healed - happened.began, 2)
    return {
        "at": plan.at,
        "kind": plan.kind,
        "target": plan.target,
        "seconds": took,
        "trouble": happened.trouble,
    }
