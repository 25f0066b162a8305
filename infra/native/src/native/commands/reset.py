"""`./souk reset`: stop the stack and remove its data, after asking.

Called by `native.cli`. What every stack of the checkout shares (packages and jars) stays.
"""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from native.commands.common import AsJson, interruptible
from native.engines import postgres
from native.place import Place
from native.progress import Progress, output
from native.stop import bring_down

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def reset(yes: Yes = False, as_json: AsJson = False) -> None:
    """Stop everything and remove all data: orders, accounts, mails, logs and secrets."""
    place = Place.from_environment()
    doomed = [path for path in belongings(place) if path.exists()]
    if not doomed:
        output().print("There is no data here.")
        return
    if not yes:
        listed = "\n".join(f"  {path}" for path in doomed)
        typer.confirm(f"This removes\n{listed}\nfor good. Go on?", abort=True, err=True)
    progress = Progress()
    with progress.step("Stopping"):
        interruptible(bring_down(place, progress.note))
    with progress.step("Removing data"):
        for path in doomed:
            remove(path)
    if as_json:
        typer.echo(json.dumps({"removed": [str(path) for path in doomed]}))


def belongings(place: Place) -> list[Path]:
    """Everything that one stack keeps."""
    outside = postgres.outside(place)
    own = [place.data, place.logs, place.run, place.mail, place.secrets, place.record]
    return own if outside is None else [*own, outside]


def remove(path: Path) -> None:
    """Remove a file or a whole folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
