"""`./souk trace ORDER`: the way of an order, or any trace by its id, as a waterfall.

Called by `native.cli`. It reads the spans that the console keeps, also while the shop is down.
"""

import json
import re
from dataclasses import asdict
from typing import Annotated

import typer

from native.commands.common import AsJson
from native.console import terminal
from native.console.store import SpanStore
from native.console.waterfall import Waterfall, draw
from native.errors import StackError
from native.place import Place
from native.progress import output

What = Annotated[str, typer.Argument(metavar="ORDER", help="The id of an order, or of a trace.")]
_TRACE = re.compile(r"[0-9a-f]{32}")


def trace(what: What, as_json: AsJson = False) -> None:
    """Show the way of an order, from the gateway to the e-mail."""
    falls = _find(Place.from_environment(), what.strip().lower())
    if as_json:
        typer.echo(json.dumps(asdict(falls[0]) | {"others": [one.trace for one in falls[1:]]}))
        return
    console = output()
    for fall in falls:
        console.print(terminal.heading(fall), soft_wrap=True, highlight=False)
        width = max(terminal.NARROWEST, console.width - terminal.BESIDE)
        console.print(terminal.table(fall, width))


def _find(place: Place, what: str) -> list[Waterfall]:
    """The traces of this order, that of its placing first, or the one with this id."""
    if not place.spans.exists():
        raise StackError("no span was kept here yet; ./souk up starts the shop")
    store = SpanStore(place.spans, readonly=True)
    try:
        traces = [what] if _TRACE.fullmatch(what) else store.traces_about(what)
        found = [spans for one in traces if (spans := store.trace(one))]
    finally:
        store.close()
    if not found:
        raise StackError(
            f"no trace of {what} is kept: it is unknown, older than what is kept, was not chosen, "
            "or its spans are on their way for two seconds yet"
        )
    return [draw(spans) for spans in found]
