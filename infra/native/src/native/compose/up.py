"""`./souk --compose up`: build the images, start every container, and wait until the shop is open.

Called by `native.cli`. A stack that runs keeps its ports; whatever is missing or out of date is
made anew. The tests call `bring_up`.
"""

import asyncio
import json
import time
from typing import Annotated

import typer

from native import record
from native.children import ChildFailed
from native.commands.common import AsJson, PortBase, interruptible
from native.commands.up import DEMO_ACCOUNTS, DEMO_PASSWORD
from native.compose import stack
from native.compose.client import Client, find
from native.compose.containers import Container, containers, port_base, told
from native.errors import StackError
from native.options import BadOption
from native.ports import DEFAULT_BASE, Ports
from native.progress import Progress, output
from native.record import Record

READY_SECONDS = 600.0
PROFILES = ("observability", "tools")
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}

Profile = Annotated[
    list[str] | None, typer.Option("--profile", help=f"Start more: {', '.join(PROFILES)}.")
]
Build = Annotated[bool, typer.Option("--build/--no-build", help="Build what has changed.")]
Empty = Annotated[bool, typer.Option(help="Leave the catalogue empty on the first start.")]


class NotUp(StackError):
    """A container did not become ready; the text has the end of its log."""


def up(
    port_base: PortBase = None,
    profile: Profile = None,
    build: Build = True,
    empty: Empty = False,
    as_json: AsJson = False,
) -> None:
    """Start the whole shop in containers and wait until it takes orders."""
    begun = time.monotonic()
    client = find(environment(port_base, profile or [], empty=empty))
    kept = interruptible(bring_up(client, Progress(), profile or [], build=build))
    seconds = time.monotonic() - begun
    if as_json:
        shown = {"seconds": round(seconds, 2), "project": client.project}
        typer.echo(json.dumps({**shown, "gateway_url": kept.gateway_url}))
        return
    output().print(f"Ready after {seconds:.1f} s.")
    output().print(f"Try it   {kept.gateway_url}/docs")
    output().print(f"Mailbox  {kept.mailbox_url}")
    accounts = ", ".join(f"{name}@souk.example" for name in DEMO_ACCOUNTS)
    output().print(f"Sign in  {accounts}; password {DEMO_PASSWORD}", soft_wrap=True)


def environment(base: int | None, profiles: list[str], *, empty: bool) -> dict[str, str]:
    """What the compose file is told for these options; a stack that is there keeps its ports."""
    if unknown := set(profiles) - set(PROFILES):
        raise BadOption(f"--profile {min(unknown)}: there are {', '.join(PROFILES)}")
    there = containers(find())
    running = port_base(there) if "gateway" in there else None
    if base is not None and running not in (None, base):
        raise BadOption(f"this stack is at port {running}; ./souk --compose down ends it")
    chosen = told(Ports(base or running or DEFAULT_BASE).base)
    watched = COLLECTOR if "observability" in profiles else {}
    return chosen | watched | ({"SOUK_EMPTY": "1"} if empty else {})


async def bring_up(
    client: Client, progress: Progress, profiles: list[str], *, build: bool
) -> Record:
    """Build, start and wait; returns the record of the stack, which lies in its place too.

    Raises:
        ChildFailed: Compose said no.
        NotUp: a container ended, or was not ready in time.
    """
    chosen = [word for name in profiles for word in ("--profile", name)]
    if build:
        with progress.step("Building the images"):
            await _compose(client, progress, *chosen, "build")
    with progress.step("Starting the containers in their order"):
        try:
            await _compose(client, progress, *chosen, "up", "-d", "--no-build")
        except ChildFailed as failed:
            raise NotUp(f"{failed}\n{_last_words(client, containers(client))}") from failed
    with progress.step("Waiting until all of them are ready"):
        await until_ready(client, progress)
    place = stack.place()
    place.make()
    kept = stack.describe(client, place)
    record.write(place, kept)
    return kept


async def until_ready(client: Client, progress: Progress, seconds: float = READY_SECONDS) -> None:
    """Wait until each container is ready or has done its work; raises NotUp."""
    deadline = time.monotonic() + seconds
    while True:
        found = await asyncio.to_thread(containers, client)
        waiting = sorted(name for name, one in found.items() if not one.ready)
        if not waiting:
            return
        progress.note("waiting for " + ", ".join(waiting))
        failed = any(found[name].once and found[name].exit_code for name in waiting)
        if failed or time.monotonic() > deadline:
            raise NotUp(_last_words(client, found))
        await asyncio.sleep(0.5)


async def _compose(client: Client, progress: Progress, *words: str) -> None:
    async for line in client.run(*words):
        progress.note(line.strip()[-60:])


def _last_words(client: Client, found: dict[str, Container]) -> str:
    late = [one for one in found.values() if not one.ready and one.state != "created"]
    lines = [f"{one.service} is {one.word}" for one in late]
    if late:
        lines.append(client.docker("logs", "--tail", "20", late[0].id))
    return "\n".join(lines)
