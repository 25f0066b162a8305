"""`./souk readme`: does in a fresh clone what the README tells its reader to do.

Called by `native.cli`, nightly by both pipelines. Every line behind a `$` in a ```console block
runs in a shell, one after the other, in a clone of the newest commit with an empty home.
"""

import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from native.delivery.programs import ProgramFailed, call
from native.place import CHECKOUT
from native.progress import output

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What has a job of its own in the pipelines, or asks before it goes on.
LEFT_OUT = {
    "./souk test": "the pipelines run it",
    "./souk test unit": "the pipelines run it",
    "./souk chaos": "half an hour; it has a job of its own",
    "./souk bench": "it has a job of its own",
    "./souk trace ORDER": "ORDER is whichever the reader placed",
}
SECONDS = 1800.0

Checkout = Annotated[Path, typer.Option(help="What is cloned; this checkout by default.")]


def readme(checkout: Checkout = CHECKOUT) -> None:
    """Follow the README in a fresh clone, line by line."""
    with tempfile.TemporaryDirectory(prefix="souk-") as scratch:
        clone = Path(scratch) / "souk"
        call(["git", "clone", "--quiet", str(checkout), str(clone)])
        lines = list(commands((clone / "README.md").read_text()))
        if not any(line.startswith("./souk up") for line in lines):
            raise ProgramFailed("the README no longer says how to start the shop")
        try:
            for line in lines:
                _follow(line, clone)
        finally:
            call(["./souk", "down"], directory=clone, environment=_environment())


def _follow(line: str, clone: Path) -> None:
    if line in LEFT_OUT:
        output().print(f"- {line} ({LEFT_OUT[line]})")
        return
    begun = time.monotonic()
    shell = ["sh", "-ec", line]
    call(shell, directory=clone, seconds=SECONDS, environment=_environment(), given="y\n")
    output().print(f"✓ {line} {time.monotonic() - begun:.1f} s")


def commands(text: str) -> Iterator[str]:
    """The lines that a reader would type, with those that go on in the next line put together."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                yield line.removeprefix("$ ").strip()


def _environment() -> dict[str, str]:
    """A reader's: nothing of the stack that runs this command."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SOUK_")}
