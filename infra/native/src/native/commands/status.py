"""`./souk status`: each process with its state, memory and port.

Called by `native.cli`. It exits 0 when every process is ready and 1 otherwise, for scripts.
"""

import json
from dataclasses import asdict

import typer
from rich.table import Table

from native.commands.common import AsJson
from native.observe import Sight, look
from native.place import Place
from native.progress import output

COLOURS = {"ready": "green", "stopped": "dim", "fatal": "red", "backoff": "red"}


def status(as_json: AsJson = False) -> None:
    """Show each process with its state, memory and port."""
    sights = look(Place.from_environment())
    if as_json:
        typer.echo(json.dumps(report(sights)))
    elif not sights:
        output().print("Nothing was started here; ./souk up starts the shop.")
    else:
        show(sights)
    if not sights or not all(sight.ready for sight in sights):
        raise typer.Exit(1)


def report(sights: list[Sight]) -> dict[str, object]:
    """The stack as one JSON object; memory in MiB."""
    return {
        "running": any(sight.pid is not None for sight in sights),
        "ready": bool(sights) and all(sight.ready for sight in sights),
        "memory_mib": round(sum(sight.memory_mib for sight in sights), 1),
        "processes": [
            asdict(sight)
            | {"memory_mib": round(sight.memory_mib, 1), "age_seconds": round(sight.age_seconds, 1)}
            for sight in sights
        ],
    }


def show(sights: list[Sight]) -> None:
    """Print the table."""
    output().print(_table(sights))


def _table(sights: list[Sight]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("process", "state", "pid", "port", "memory", "up for"):
        right = title in ("pid", "memory", "up for")
        table.add_column(title, justify="right" if right else "left")
    for sight in sights:
        table.add_row(*_row(sight))
    total = sum(sight.memory_mib for sight in sights)
    table.add_row("", "", "", "", f"{total:.0f} MiB", "", end_section=True)
    return table


def _row(sight: Sight) -> tuple[str, ...]:
    colour = COLOURS.get(sight.state, "yellow")
    return (
        sight.name,
        f"[{colour}]{sight.state}[/{colour}]",
        str(sight.pid or ""),
        ", ".join(str(port) for port in sight.ports),
        f"{sight.memory_mib:.0f} MiB" if sight.memory_mib else "",
        _duration(sight.age_seconds) if sight.age_seconds else "",
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
