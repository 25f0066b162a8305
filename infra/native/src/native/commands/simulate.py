"""`./souk simulate`: the saga, the outboxes and the consumers with virtual time, seed after seed.

The simulation is test code (tests/simulation), since it plays with every service and no member may
import them all; this command runs it in a process of its own.
"""

import subprocess
import sys
from typing import Annotated

import typer

from native.commands.common import AsJson
from native.place import CHECKOUT

Seeds = Annotated[int, typer.Option("--seeds", min=1, help="How many.")]
First = Annotated[int, typer.Option("--from", min=0, help="The first of them.")]
Bug = Annotated[str | None, typer.Option("--bug", help="Plant this bug, to see it found.")]


def simulate(
    seeds: Seeds = 1_000, first: First = 0, bug: Bug = None, as_json: AsJson = False
) -> None:
    """Simulate so many shops; shrink and tell the first in which an invariant is violated."""
    words = ["--seeds", str(seeds), "--from", str(first)]
    words += [] if bug is None else ["--bug", bug]
    words += ["--json"] if as_json else []
    program = [sys.executable, "-m", "tests.simulation.batch", *words]
    raise typer.Exit(subprocess.run(program, cwd=CHECKOUT, check=False).returncode)
