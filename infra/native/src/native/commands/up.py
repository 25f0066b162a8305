"""`./souk up`: install, start, wait, import on the first run, and say where everything is.

Called by `native.cli`. The work is in `native.start`; this module reads the options and prints the
summary.
"""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from native import record
from native.commands.common import AsJson, PortBase, interruptible
from native.keeper import Keeper
from native.options import BadOption, Options, parse_replicas, watchers
from native.place import Place
from native.ports import DEFAULT_BASE
from native.progress import Progress, output
from native.start import Outcome, bring_up

Replicas = Annotated[
    list[str] | None, typer.Option(help="How many processes a service has, as orders=2.")
]
Only = Annotated[str | None, typer.Option(help="'engines' starts the four servers alone.")]
Empty = Annotated[bool, typer.Option(help="Leave the catalogue empty on the first start.")]
Throwaway = Annotated[bool, typer.Option(hidden=True)]
DEMO_PASSWORD = "souk-demo-2026"  # noqa: S105  published, for development alone
DEMO_ACCOUNTS = ("customer", "support", "merchandiser", "warehouse", "admin")


def up(
    port_base: PortBase = None,
    replicas: Replicas = None,
    only: Only = None,
    empty: Empty = False,
    throwaway: Throwaway = False,
    as_json: AsJson = False,
) -> None:
    """Start the whole shop and wait until it takes orders."""
    place = Place.from_environment()
    options = _options(place, port_base, replicas, only, throwaway)
    outcome = interruptible(bring_up(place, options, Progress(), empty=empty))
    if as_json:
        typer.echo(json.dumps(_report(outcome)))
    else:
        _show(place, outcome)


def _options(
    place: Place, base: int | None, replicas: list[str] | None, only: str | None, throwaway: bool
) -> Options:
    """The options asked for; a stack that runs lends what is not named."""
    if only not in (None, "engines"):
        raise BadOption("--only takes 'engines'")
    running = record.read(place.record) if Keeper(place).alive() else None
    if running is None:
        asked = parse_replicas(replicas or [])
        return Options(base or DEFAULT_BASE, asked, only == "engines", throwaway, watchers())
    if base not in (None, running.port_base):
        raise BadOption(f"this stack runs from port {running.port_base}; ./souk down ends it")
    asked = running.replicas if replicas is None else parse_replicas(replicas)
    watched = watchers() or running.watchers
    return Options(running.port_base, asked, only == "engines", running.throwaway, watched)


def _report(outcome: Outcome) -> dict[str, Any]:
    kept = asdict(outcome.record)
    shown = ("home", "port_base", "replicas", "gateway_url", "mailbox_url")
    return {
        "seconds": round(outcome.seconds, 2),
        "changed": bool(outcome.started),
        "started": outcome.started,
        **{name: kept[name] for name in shown},
    }


def _show(place: Place, outcome: Outcome) -> None:
    console = output()
    if not outcome.started:
        console.print("Everything runs already; nothing was changed.")
    else:
        count = len(outcome.started)
        console.print(f"Ready: {count} processes started in {outcome.seconds:.1f} s.")
    table = Table.grid(padding=(0, 2))
    for name, value in _places(place, outcome):
        table.add_row(name, value)
    console.print(table)


def _places(place: Place, outcome: Outcome) -> list[tuple[str, str]]:
    kept = outcome.record
    logs = ("Logs", f"{place.logs} (./souk logs NAME -f)")
    if kept.engines_only:
        return [("Servers", f"from port {kept.port_base}"), logs]
    accounts = ", ".join(f"{name}@souk.example" for name in DEMO_ACCOUNTS)
    return [
        ("Try it", f"{kept.gateway_url}/docs"),
        ("API", f"{kept.gateway_url}/v1/products"),
        ("Mailbox", kept.mailbox_url),
        ("Console", f"{kept.gateway_url}/console (admin@souk.example)"),
        ("Sign in", f"{accounts}; password {DEMO_PASSWORD}"),
        logs,
    ]
