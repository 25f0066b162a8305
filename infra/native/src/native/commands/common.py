"""What the commands share: their common options, and how they end.

Every module of `native.commands` imports it, and so do the shop's commands.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

INTERRUPTED = 130
T = TypeVar("T")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object; progress goes to standard error.")
]
PortBase = Annotated[
    int | None,
    typer.Option(envvar="SOUK_PORT_BASE", help="The first port; all others count from it."),
]


def interruptible(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; Ctrl-C, SIGTERM and SIGHUP cancel it, wait for its clean-up and end with 130."""

    async def guarded() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work)
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

        def cancel() -> None:
            for number in numbers:  # once is enough: the clean-up is not to be interrupted
                loop.add_signal_handler(number, lambda: None)
            task.cancel()

        for number in numbers:
            loop.add_signal_handler(number, cancel)
        return await task

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        sys.stderr.write("Interrupted.\n")
        raise typer.Exit(INTERRUPTED) from None
