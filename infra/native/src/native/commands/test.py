"""`./souk test [SUITE…]`: from lint and types to e2e and security.

Called by `native.cli` and by `.ci/run`. Those on servers share one stack that this command
starts on ports and in a home of its own, and takes down again, also after Ctrl-C.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from native import addresses, suites
from native.commands.common import AsJson, interruptible
from native.elsewhere import KUBECONFIG, why_not
from native.errors import StackError
from native.options import COLLECTOR, SAMPLE, Options
from native.place import Place
from native.ports import OFFSETS, Ports, free_base, holders
from native.progress import Progress, output
from native.start import bring_up
from native.stop import bring_down
from native.suites import (
    BESIDE,
    NOT_HERE,
    ON_DEMAND,
    ON_SERVERS,
    ON_THE_SHOP,
    SUITES,
    Manner,
    Result,
    repeat,
    sound,
)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[SUITE]...", help=" ".join(SUITES + ON_DEMAND))
]
Base = Annotated[
    int | None,
    typer.Option("--port-base", envvar="SOUK_TEST_PORT_BASE", help="Ports of the tests' stack."),
]
Cluster = Annotated[
    Path | None,
    typer.Option("--kubeconfig", envvar=KUBECONFIG, help="The cluster that k8s deploys to."),
]
TEST_BASE = 18080


def test(
    names: Names = None,
    port_base: Base = None,
    kubeconfig: Cluster = None,
    as_json: AsJson = False,
) -> None:
    """Run the tests: all but the longest, or the suites named."""
    if kubeconfig is not None:
        os.environ[KUBECONFIG] = str(kubeconfig.absolute())
    there = SUITES + ON_DEMAND
    unknown = [name for name in names or [] if name not in there]
    if unknown:
        raise StackError(f"no such suite: {', '.join(unknown)}; there are {', '.join(there)}")
    chosen = [suite for suite in there if suite in (names or SUITES)]
    results = interruptible(_run(chosen, port_base, as_json))
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    if as_json:
        report = [asdict(result) for result in results]
        typer.echo(json.dumps({"suites": report, "passed": passed, "failed": failed}))
    else:
        output().print(_table(results))
        typer.echo(f"{passed} passed, {failed} failed")
    if failed or not passed or any(result.left_out for result in results):
        raise typer.Exit(_code(results))


def _code(results: Sequence[Result]) -> int:
    """1 for a failure or for nothing at all, 77 where a suite that was named could not run here."""
    failed = any(result.failed for result in results)
    return NOT_HERE if not failed and any(result.left_out for result in results) else 1


async def _run(chosen: Sequence[str], base: int | None, quiet: bool) -> list[Result]:
    results: dict[str, Result] = {}
    place = _own_place()
    async with _stack(place, any(suite in ON_SERVERS for suite in chosen)):
        for suite in chosen:
            if suite in results:
                continue
            beside = [other for other in BESIDE.get(suite, ()) if other in chosen]
            async with _meanwhile(beside, place, quiet) as done:
                results[suite] = await _suite(suite, place, base, quiet)
            results |= done
    return [results[suite] for suite in chosen]


async def _suite(suite: str, place: Place, base: int | None, quiet: bool) -> Result:
    progress = Progress()
    progress.say(f"[bold]— {suite}[/bold]")
    try:
        reason = why_not(suite)
    except StackError as problem:
        progress.say(str(problem))
        return Result(suite, 0, 1, 0.0, (str(problem),))
    if reason is not None:
        progress.say(reason)
        return Result(suite, 0, 0, 0.0, (reason,), left_out=True)
    try:
        told = await _environment(place, suite, base, progress)
    except StackError as problem:
        progress.say(str(problem))
        return Result(suite, 0, 1, 0.0, ("its servers did not start",))
    return await suites.run(suite, Manner(told, sound(quiet)))


@asynccontextmanager
async def _meanwhile(
    chosen: Sequence[str], place: Place, quiet: bool
) -> AsyncIterator[dict[str, Result]]:
    """Runs suites without servers one after the other; what they say follows at the end."""
    done: dict[str, Result] = {}
    if not chosen:
        yield done
        return

    async def run(said: int) -> None:
        for suite in chosen:
            os.write(said, f"— {suite}\n".encode())
            done[suite] = await suites.run(suite, Manner(_told(place), said, gives_way=True))

    with tempfile.TemporaryFile() as file:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run(file.fileno()))
            yield done
        repeat(file, sound(quiet))


async def _environment(
    place: Place, suite: str, base: int | None, progress: Progress
) -> dict[str, str]:
    """What pytest is told; a suite on real servers gets them started first."""
    if suite not in ON_SERVERS:
        return _told(place)
    await bring_up(place, _options(_base(place, base), suite), progress)
    return _told(place) | {"SOUK_TEST_STACK": str(place.record)}


def _told(place: Place) -> dict[str, str]:
    return {"SOUK_TOOLS": str(place.tools), "SOUK_HOME": "", "SOUK_TEST_STACK": ""}


def _options(base: int, suite: str) -> Options:
    """The servers alone, or the whole shop with its spans going to where e2e collects them."""
    spans = {COLLECTOR: addresses.otlp(Ports(base)), SAMPLE: "1"}
    return Options(base, engines_only=suite not in ON_THE_SHOP, throwaway=True, watchers=spans)


def _own_place() -> Place:
    """A home of its own for the tests' stack; the tools are the checkout's."""
    place = Place.from_environment()
    return replace(place, home=place.tools / "test")


@asynccontextmanager
async def _stack(place: Place, needed: bool) -> AsyncIterator[None]:
    """Begin with an empty home and leave no process; the logs stay, for whoever needs a cause."""
    if not needed:
        yield
        return
    await _clear(place)
    try:
        yield
    finally:
        with Progress().step("Stopping the tests' stack"):
            await bring_down(place)
        shutil.rmtree(place.data, ignore_errors=True)


async def _clear(place: Place) -> None:
    from native.commands.reset import belongings, remove

    await bring_down(place)
    for path in belongings(place):
        if path.exists():
            remove(path)


def _base(place: Place, asked: int | None) -> int:
    """The ports asked for, or those of the stack that runs, or 18080 where that is free."""
    from native import record

    kept = record.read(place.record)
    if kept is not None:
        return kept.port_base
    if asked is not None:
        return asked
    wanted = [TEST_BASE + offset for offset in OFFSETS.values()]
    return free_base() if holders(wanted) else TEST_BASE


def _table(results: Sequence[Result]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("suite", "passed", "failed", "seconds", ""):
        table.add_column(title, justify="left" if title in ("suite", "") else "right")
    for result in results:
        colour = "red" if result.failed else "green"
        name = f"[{colour}]{result.suite}[/{colour}]"
        notes = "; ".join(result.notes)
        table.add_row(name, str(result.passed), str(result.failed), f"{result.seconds:.1f}", notes)
    return table
