"""The commands of `./souk --compose` that only ask Docker: down, status, logs and reset.

Called by `native.cli`. What the containers hold stays until `reset`.
"""

import json
import re
import subprocess
from typing import Annotated

import typer

from native.commands.common import AsJson, interruptible
from native.commands.logs import Follow, Lines
from native.commands.reset import Yes
from native.commands.status import report, show
from native.compose.client import Client, find
from native.compose.containers import Container, containers, told
from native.observe import Sight
from native.place import CHECKOUT
from native.ports import DEFAULT_BASE
from native.progress import Progress, output

Name = Annotated[str | None, typer.Argument(help="A container, as in status; all without it.")]
# Compose leaves out what belongs to a profile that it is not told.
ALL = ("--profile", "observability", "--profile", "tools")
UNITS = {"B": 1 / 1024**2, "KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


def down(as_json: AsJson = False) -> None:
    """Stop all containers in order and remove them; their volumes stay."""
    interruptible(take_down(find(told(DEFAULT_BASE)), "Stopping", "down"))
    if as_json:
        typer.echo(json.dumps({"stopped": True}))


def reset(yes: Yes = False, as_json: AsJson = False) -> None:
    """Stop everything and remove the volumes: orders, accounts, mails and secrets."""
    client = find(told(DEFAULT_BASE))
    if not yes:
        typer.confirm(f"This removes all volumes of {client.project}. Go on?", abort=True, err=True)
    interruptible(take_down(client, "Removing containers and volumes", "down", "--volumes"))
    if as_json:
        typer.echo(json.dumps({"removed": client.project}))


async def take_down(client: Client, title: str, *words: str) -> None:
    """Run a `down` of Compose."""
    progress = Progress()
    with progress.step(title):
        async for line in client.run(*ALL, *words):
            progress.note(line.strip()[-60:])


def status(as_json: AsJson = False) -> None:
    """Show each container with its state, memory and port."""
    sights = look(find())
    if as_json:
        typer.echo(json.dumps(report(sights)))
    elif not sights:
        output().print("Nothing was started here; ./souk --compose up starts the shop.")
    else:
        show(sights)
    if not sights or not all(sight.ready for sight in sights):
        raise typer.Exit(1)


def look(client: Client) -> list[Sight]:
    """The containers that stay, and those that have not done their work."""
    found = containers(client)
    shown = [one for one in found.values() if not (one.once and one.ready)]
    running = [one.id for one in shown if one.state == "running"]
    used = memory(client, running) if running else {}
    return [_sight(one, used.get(one.id, 0.0)) for one in shown]


def memory(client: Client, ids: list[str]) -> dict[str, float]:
    """What containers use of their memory limits, in MiB: without the files that are cached."""
    lines = client.docker("stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *ids)
    stats = [json.loads(line) for line in lines.splitlines()]
    return {one["ID"]: _mib(one["MemUsage"].partition(" ")[0]) for one in stats}


def _mib(text: str) -> float:
    number = re.match(r"([\d.]+)(\w+)", text)
    return float(number[1]) * UNITS[number[2]] if number else 0.0


def _sight(one: Container, used: float) -> Sight:
    ports = tuple(sorted(one.ports.values()))
    return Sight(one.service, one.word, None, ports, used, one.age_seconds)


def logs(name: Name = None, follow: Follow = False, lines: Lines = 50) -> None:
    """Show the logs of one container or of all."""
    client = find(told(DEFAULT_BASE))
    words = [*client.compose, "-p", client.project, *ALL, "logs", "--tail", str(lines)]
    words += ["--follow"] if follow else []
    words += [name] if name else []
    raise typer.Exit(subprocess.run(words, cwd=CHECKOUT, check=False).returncode)
