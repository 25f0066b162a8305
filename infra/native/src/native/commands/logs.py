"""`./souk logs [NAME] [-f]`: the end of one process's log, or of all, and what comes after it.

Called by `native.cli`. The services write JSON, which the console and a collector read; people see
a line of words for each, and programs the lines as they are with `--raw`.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from native.errors import StackError
from native.place import Place

POLL_SECONDS = 0.2
Name = Annotated[str | None, typer.Argument(help="A process, as in ./souk status; all without it.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of the past.")]
Raw = Annotated[bool, typer.Option("--raw", help="As they were written: JSON, for programs.")]
# What stands at the head of a line, or says nothing to whoever reads the log of one machine.
_AT_THE_HEAD = frozenset({"timestamp", "level", "event", "service", "exception"})


def logs(name: Name = None, follow: Follow = False, lines: Lines = 50, raw: Raw = False) -> None:
    """Show the logs of one process or of all."""
    folder = Place.from_environment().logs
    paths = sorted(folder.glob("*.log")) if name is None else [folder / f"{name}.log"]
    if not paths or not paths[0].exists():
        known = ", ".join(path.stem for path in sorted(folder.glob("*.log"))) or "none yet"
        raise StackError(f"no such log; there are: {known}")
    wide = max(len(path.stem) for path in paths) if len(paths) > 1 else 0
    for path in paths:
        for line in tail(path, lines):
            _show(path, line, wide, raw)
    if follow:
        try:
            _follow(paths, wide, raw)
        except KeyboardInterrupt:
            raise typer.Exit(0) from None


def tail(path: Path, count: int) -> list[str]:
    """The last `count` lines."""
    with path.open(errors="replace") as file:
        return file.readlines()[-count:] if count else []


def readable(line: str) -> str:
    """The line in words, its traceback below it; what is no event of ours stays as it is."""
    try:
        event: Any = json.loads(line)
    except ValueError:
        return line
    if not isinstance(event, dict) or not _AT_THE_HEAD - {"exception"} <= event.keys():
        return line
    rest = [f"{k}={_value(v)}" for k, v in event.items() if k not in _AT_THE_HEAD]
    head = f"{event['timestamp'][11:23]} {event['level']:<7} {event['event']}"
    told = "\n".join(f"    {part}" for part in str(event.get("exception", "")).splitlines())
    return "  ".join([head, *rest]) + (f"\n{told}" if told else "")


def _value(value: object) -> str:
    """Text as it is, unless a blank in it would make two words of one."""
    plain = isinstance(value, str) and value and not any(sign.isspace() for sign in value)
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _show(path: Path, line: str, wide: int, raw: bool) -> None:
    prefix = f"{path.stem:<{wide}} | " if wide else ""
    line = line.rstrip("\n")
    typer.echo(prefix + (line if raw else readable(line)))


def _follow(paths: list[Path], wide: int, raw: bool) -> None:
    growing: dict[Path, TextIO] = {path: path.open(errors="replace") for path in paths}
    for file in growing.values():
        file.seek(0, 2)
    while True:
        for path, file in growing.items():
            for line in file:
                _show(path, line, wide, raw)
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
