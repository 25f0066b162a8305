"""`./souk down`: stop everything in order and leave no process.

Called by `native.cli`; the work is in `native.stop`.
"""

import json

import typer

from native.commands.common import AsJson, interruptible
from native.place import Place
from native.progress import Progress, output
from native.stop import bring_down


def down(as_json: AsJson = False) -> None:
    """Stop everything in order."""
    place = Place.from_environment()
    progress = Progress()
    with progress.step("Stopping"):
        stopped = interruptible(bring_down(place, progress.note))
    if as_json:
        typer.echo(json.dumps({"stopped": stopped}))
    elif stopped:
        output().print(f"Stopped {len(stopped)} processes.")
    else:
        output().print("Nothing was running.")
