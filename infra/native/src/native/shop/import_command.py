"""`./souk import FILE`: bring a month of the Online Retail data set into the running shop.

Called by `native.cli`; the work is in `native.shop.importer`. Exits 0 when all is taken in.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from native.commands.common import AsJson, interruptible
from native.progress import output
from native.shop.importer import ImportReport, import_file
from native.shop.reader import OPENING_MARGIN
from native.shop.session import open_session, running_stack

MOST_BAD_ROWS = 20

DataFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A .csv or .csv.gz.", exists=True, dir_okay=False)
]
Margin = Annotated[
    int, typer.Option(min=0, help="Units of each SKU beyond what the file's orders take.")
]


def import_(path: DataFile, margin: Margin = OPENING_MARGIN, as_json: AsJson = False) -> None:
    """Bring a month's catalogue, prices and opening stock into the shop."""
    report = interruptible(_import(path, margin))
    if as_json:
        typer.echo(json.dumps(asdict(report)))
    else:
        show(report)


async def _import(path: Path, margin: int) -> ImportReport:
    async with open_session(running_stack()) as session:
        return await import_file(path, session, margin=margin)


def show(report: ImportReport, console: Console | None = None) -> None:
    """The table at the end, and the rows that could not be read."""
    to = console or output()
    for problem in report.bad_rows[:MOST_BAD_ROWS]:
        to.print(f"line {problem['line']}: {problem['reason']}")
    if len(report.bad_rows) > MOST_BAD_ROWS:
        to.print(f"… and {len(report.bad_rows) - MOST_BAD_ROWS} more rows that cannot be read")
    table = Table(title=report.file, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in rows(report):
        table.add_row(name, f"{count:,}")
    to.print(table)


def rows(report: ImportReport) -> list[tuple[str, int]]:
    """What the table says."""
    left_out = [(f"lines left out: {reason}", n) for reason, n in report.left_out.items()]
    return [
        ("SKUs", report.skus),
        ("products", report.products),
        ("  created", report.created),
        ("  changed", report.changed),
        ("  unchanged", report.unchanged),
        ("units of stock added", report.stock_added),
        ("lines read", report.lines_read),
        *left_out,
    ]
