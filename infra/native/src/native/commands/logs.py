"""`./souk logs [NAME] [-f]`: the end of one process's log, or of all, and what comes after it.

Called by `native.cli`.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from native.errors import StackError
from native.place import Place

POLL_SECONDS = 0.2
Name = Annotated[str | None, typer.Argument(help="A process, as in ./souk status; all without it.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of the past.")]


def logs(name: Name = None, follow: Follow = False, lines: Lines = 50) -> None:
    """Show the logs of one process or of all."""
    folder = Place.from_environment().logs
    paths = sorted(folder.glob("*.log")) if name is None else [folder / f"{name}.log"]
    if not paths or not paths[0].exists():
        known = ", ".join(path.stem for path in sorted(folder.glob("*.log"))) or "none yet"
        raise StackError(f"no such log; there are: {known}")
    wide = max(len(path.stem) for path in paths) if len(paths) > 1 else 0
    for path in paths:
        for line in tail(path, lines):
            _show(path, line, wide)
    if follow:
        try:
            _follow(paths, wide)
        except KeyboardInterrupt:
            raise typer.Exit(0) from None


def tail(path: Path, count: int) -> list[str]:
    """The last `count` lines."""
    with path.open(errors="replace") as file:
        return file.readlines()[-count:] if count else []


def _show(path: Path, line: str, wide: int) -> None:
    prefix = f"{path.stem:<{wide}} | " if wide else ""
    typer.echo(prefix + line.rstrip("\n"))


def _follow(paths: list[Path], wide: int) -> None:
    growing: dict[Path, TextIO] = {path: path.open(errors="replace") for path in paths}
    for file in growing.values():
        file.seek(0, 2)
    while True:
        for path, file in growing.items():
            for line in file:
                _show(path, line, wide)
        growing = dict(_renewed(growing))
        time.sleep(POLL_SECONDS)


def _renewed(growing: dict[Path, TextIO]) -> Iterator[tuple[Path, TextIO]]:
    """The same files, opened again where the supervisor began a new one."""
    for path, file in growing.items():
        if path.exists() and path.stat().st_size < file.tell():
            file.close()
            yield path, path.open(errors="replace")
        else:
            yield path, file
