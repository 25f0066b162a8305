"""`./souk chaos --seed S --minutes M --rate R`: breaks a shop of its own on purpose, and judges it.

Called by `native.cli`. The work is in `native.chaos`; this module reads the options, prints the
tables, and exits with 1 on any violation.
"""

import json
from typing import Annotated

import typer

from native.chaos import report
from native.chaos.command import Asked, run
from native.chaos.report import Verdict
from native.commands.common import AsJson, interruptible
from native.progress import Progress, output

Seed = Annotated[int, typer.Option(help="Which run: one seed, one schedule of faults.")]
Minutes = Annotated[float, typer.Option(min=0.5, max=600, help="How long there is load.")]
Rate = Annotated[float, typer.Option(min=0.1, max=200, help="Buyers a second.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the stopped stack's home, to look at.")]
Rows = Annotated[
    int | None,
    typer.Option(min=500, help="How many lines of the data set are brought in; all by default."),
]
Base = Annotated[int | None, typer.Option("--port-base", help="Ports of this run's stack.")]


def chaos(
    seed: Seed = 1,
    minutes: Minutes = 30.0,
    rate: Rate = 6.0,
    keep: Keep = False,
    port_base: Base = None,
    rows: Rows = None,
    as_json: AsJson = False,
) -> None:
    """Kill, pause, cut off and poison a shop under load; then heal it, and verify everything."""
    asked = Asked(seed, minutes, rate, keep, port_base, rows)
    tell(interruptible(run(asked, Progress())), as_json)


def tell(verdict: Verdict, as_json: bool) -> None:
    """Print the tables, or the JSON object, and exit with 1 on any violation."""
    if as_json:
        typer.echo(json.dumps(report.document(verdict)))
    else:
        for table in report.tables(verdict):
            output().print(table)
    if verdict.violations:
        raise typer.Exit(1)
