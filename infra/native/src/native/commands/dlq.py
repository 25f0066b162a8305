"""`./souk dlq list | show TOPIC OFFSET | replay [TOPIC]`: the messages that nobody could handle.

Called by `native.cli`. `list` exits 0 also when letters wait: that is an answer, not an error.
"""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from native import letters
from native.commands.common import AsJson, interruptible
from native.errors import StackError
from native.letters import Letter
from native.progress import output
from native.shop.session import running_stack


class Action(StrEnum):
    """What to do with the dead letters."""

    LIST = "list"
    SHOW = "show"
    REPLAY = "replay"


What = Annotated[Action, typer.Argument(help="list, show or replay")]
Topic = Annotated[str | None, typer.Argument(help="The topic that a message came from.")]
Offset = Annotated[int | None, typer.Argument(min=0, help="Its place, as `list` shows it.")]


def dlq(
    action: What = Action.LIST,
    topic: Topic = None,
    offset: Offset = None,
    as_json: AsJson = False,
) -> None:
    """List, show or replay the messages that no attempt could handle."""
    bootstrap = running_stack().kafka_bootstrap
    if action is Action.REPLAY:
        count = interruptible(letters.replay(bootstrap, topic))
        typer.echo(json.dumps({"replayed": count}) if as_json else f"{count} replayed.")
        return
    found = interruptible(letters.waiting(bootstrap))
    if action is Action.SHOW:
        _show(found, topic, offset, as_json)
    else:
        _list([letter for letter in found if topic in (None, letter.topic)], as_json)


def _list(found: list[Letter], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"waiting": [asdict(letter) for letter in found]}))
        return
    if not found:
        output().print("No message waits in a dead-letter topic.")
        return
    table = Table("topic", "offset", "since", "consumer", "reason", box=None, pad_edge=False)
    for letter in found:
        reason = letter.reason.partition("\n")[0]
        table.add_row(letter.topic, str(letter.offset), letter.time, letter.consumer, reason)
    output().print(table)


def _show(found: list[Letter], topic: str | None, offset: int | None, as_json: bool) -> None:
    if topic is None or offset is None:
        raise StackError("name the topic and the offset, as `./souk dlq list` shows them")
    letter = letters.find(found, topic, offset)
    if letter is None:
        raise StackError(f"no dead letter of {topic} waits at offset {offset}")
    if as_json:
        typer.echo(json.dumps(asdict(letter)))
        return
    for name, value in asdict(letter).items():
        output().print(f"{name:9}{value}", markup=False, soft_wrap=True)
