"""`./souk verify`: check the invariants of docs/reliability.md against every store and topic.

Called by `native.cli`; the work is in `native.verify`. Exits 1 on any violation and shows the
first examples of each.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from native.commands.common import AsJson, interruptible
from native.place import Place
from native.progress import Progress, output
from native.verify.judge import SETTLE_SECONDS
from native.verify.judge import verify as judge
from native.verify.report import show

Clients = Annotated[
    Path | None, typer.Option("--clients", help="What clients saw, as JSON lines (I3, I8, I9).")
]
Settle = Annotated[
    float, typer.Option(min=0, help="Seconds that outboxes and sagas have before they are judged.")
]


def verify(
    clients: Clients = None, settle: Settle = SETTLE_SECONDS, as_json: AsJson = False
) -> None:
    """Prove that nothing is lost, doubled or out of step, in all stores and topics."""
    work = judge(Place.from_environment(), Progress(), clients=clients, settle_s=settle)
    verdict = interruptible(work)
    if as_json:
        typer.echo(json.dumps(verdict.document()))
    else:
        show(verdict, output())
    if verdict.violations:
        raise typer.Exit(1)
