"""The verdict as a table: a line for each invariant, then the first violations with their ids.

`./souk verify` prints it, and `./souk chaos` at its end.
"""

from rich.console import Console
from rich.table import Table

from native.verify.findings import Findings
from native.verify.judge import Verdict


def show(verdict: Verdict, to: Console) -> None:
    """Prints the verdict."""
    table = Table(box=None, pad_edge=False)
    for title in ("", "invariant", "checked", "violations"):
        table.add_column(title, justify="right" if title == "violations" else "left")
    for found in verdict.findings:
        table.add_row(found.name, found.title, _checked(found), _violations(found))
    to.print(table)
    for found in verdict.findings:
        for example in found.examples:
            line = f"[red]✗[/red] {found.name} "
            to.print(line, end="")
            to.print(str(example), markup=False, soft_wrap=True)
        for note in found.notes:
            to.print(f"[dim]  {found.name} {note}[/dim]", soft_wrap=True)
    to.print(_last_line(verdict), soft_wrap=True)


def _checked(found: Findings) -> str:
    counts = (f"{number:,} {what}" for what, number in found.checked.items())
    return ", ".join(counts) or "nothing"


def _violations(found: Findings) -> str:
    return f"[red]{found.violations:,}[/red]" if found.violations else "0"


def _last_line(verdict: Verdict) -> str:
    shop = "running" if verdict.running else "stopped"
    restless = "" if verdict.at_rest else "; it did not come to rest while it was read"
    waiting = f"; still moving: {verdict.unrest}" if verdict.unrest else ""
    if not verdict.violations:
        return f"[green]✓[/green] No violation in the {shop} shop{restless}{waiting}."
    return f"[red]{verdict.violations:,} violations[/red] in the {shop} shop{restless}{waiting}."
