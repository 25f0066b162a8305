"""`./souk replay FILE`: send a month's orders through the shop and account for every penny.

Called by `native.cli`; the work is in `native.shop.replayer`. Exits 1 on any difference and names
the first ten.
"""

import json
from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from native.commands.common import AsJson, interruptible
from native.progress import output
from native.shop.import_command import DataFile
from native.shop.reconcile import Pair
from native.shop.replayer import AT_ONCE, ReplayReport, replay_file
from native.shop.session import open_session, running_stack

NAMED_DIFFERENCES = 10

Limit = Annotated[int | None, typer.Option(min=1, help="Only the first so many orders.")]
AtOnce = Annotated[int, typer.Option(min=1, max=32, help="How many buyers at the same time.")]


def replay(
    path: DataFile, limit: Limit = None, at_once: AtOnce = AT_ONCE, as_json: AsJson = False
) -> None:
    """Send a month's orders as its customers, wait until all is settled, and reconcile."""
    report = interruptible(_replay(path, limit, at_once))
    if as_json:
        typer.echo(json.dumps(document(report)))
    else:
        show(report)
    if report.result.differences:
        raise typer.Exit(1)


async def _replay(path: DataFile, limit: int | None, at_once: int) -> ReplayReport:
    async with open_session(running_stack()) as session:
        return await replay_file(path, session, limit=limit, at_once=at_once)


def document(report: ReplayReport) -> dict[str, Any]:
    """The report as one JSON object."""
    body = asdict(report)
    result = body.pop("result")
    count = len(result["differences"])
    result["differences"] = result["differences"][:NAMED_DIFFERENCES]
    rate = round(report.orders_a_second, 1)
    return {**body, "orders_a_second": rate, **result, "difference_count": count}


def show(report: ReplayReport, console: Console | None = None) -> None:
    """The table of what was expected and found, and the first differences."""
    to = console or output()
    result = report.result
    table = Table(title=report.file, title_justify="left")
    for title in ("", "expected", "found", "difference"):
        table.add_column(title, justify="right" if title else "left")
    _row(table, "orders", result.orders)
    _money(table, "revenue, GBP", result.revenue)
    for code, pair in sorted(result.revenue_by_country.items()):
        _money(table, f"  {code}", pair)
    _row(table, "units returned", result.units_returned)
    _money(table, "refunds, GBP", result.refunds)
    _row(table, "SKUs with the right stock", result.skus)
    _row(table, "units sold", result.units_sold)
    _row(table, "confirmations sent", result.confirmations)
    _row(table, "events in an outbox", result.outbox)
    to.print(table)
    to.print(
        f"{report.placed:,} orders placed ({report.orders_a_second:.1f} a second, settled), "
        f"{report.already_there:,} were there already."
    )
    _tell_returns(to, report)
    for difference in result.differences[:NAMED_DIFFERENCES]:
        to.print(f"[red]✗[/red] {difference}")
    if len(result.differences) > NAMED_DIFFERENCES:
        to.print(f"… and {len(result.differences) - NAMED_DIFFERENCES} more differences")


def _tell_returns(to: Console, report: ReplayReport) -> None:
    to.print(f"{report.returns_made:,} returns taken in.")
    reasons = Counter(line.reason for line in report.returns_left_over)
    for reason, count in sorted(reasons.items()):
        to.print(f"{count:,} lines of returns belong to no order: {reason}.")


def _row(table: Table, name: str, pair: Pair) -> None:
    difference = pair.found - pair.expected
    table.add_row(name, f"{pair.expected:,}", f"{pair.found:,}", f"{difference:,}")


def _money(table: Table, name: str, pair: Pair) -> None:
    figures = (pair.expected, pair.found, pair.found - pair.expected)
    table.add_row(name, *(f"{pence / 100:,.2f}" for pence in figures))
