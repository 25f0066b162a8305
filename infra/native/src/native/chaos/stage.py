"""A whole shop set up for a chaos run: a home and ports of its own, and a link on every way.

`play.py` enters it. Whatever ends the run, the processes are stopped and the volume is unmounted;
the home goes too, unless somebody wants to look at what is in it.
"""

import gzip
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path

from native import table
from native.chaos.catalogue import LINKS, WAYS
from native.chaos.ground import CLOCKS, Ground
from native.chaos.links import Link
from native.chaos.volume import mounted
from native.errors import StackError
from native.first_import import DATA_FILE
from native.keeper import Keeper
from native.options import Options
from native.place import Place
from native.ports import Ports
from native.progress import Progress
from native.shop.importer import import_file
from native.shop.meter import Meter
from native.shop.session import open_session
from native.start import bring_up
from native.stop import bring_down
from native.vault import open_vault

CLOCK_OFF = Path(__file__).with_name("clock_off")


@asynccontextmanager
async def stage(
    base: int, progress: Progress, *, rows: int | None, keep: bool
) -> AsyncIterator[tuple[Ground, bool]]:
    """The ground, and whether PostgreSQL has a volume of its own.

    `rows` is how much of the real shop's month is brought in; None is all of it.
    """
    place = _place()
    try:
        async with AsyncExitStack() as open_things:
            volume = not keep and open_things.enter_context(mounted(place.data / "postgres"))
            links = {
                name: await open_things.enter_async_context(_link(name, base)) for name in LINKS
            }
            open_things.push_async_callback(bring_down, place)
            yield await _build(place, base, links, rows, progress), volume
    except (StackError, ExceptionGroup):
        keep = True  # the logs say why
        raise
    finally:
        if not keep:
            shutil.rmtree(place.home, ignore_errors=True)


def _place() -> Place:
    home = Path(tempfile.mkdtemp(prefix="souk-chaos-"))
    home.chmod(0o711)  # PostgreSQL's user must pass through
    place = Place(home, Place.from_environment().tools)
    place.make()
    return place


async def _build(
    place: Place, base: int, links: Mapping[str, Link], rows: int | None, progress: Progress
) -> Ground:
    path = os.pathsep.join([str(CLOCK_OFF), *filter(None, [os.environ.get("PYTHONPATH")])])
    told = {"PYTHONPATH": path, "CHAOS_CLOCKS": str(place.run / CLOCKS)}
    options = Options(base, detours=_detours(links), environment=told)
    outcome = await bring_up(place, options, progress, empty=True)
    async with open_session(outcome.record, Meter(progress)) as session:
        await import_file(_goods(place, rows), session)
    processes = table.processes(place, options, open_vault(place))
    by_name = {process.name: process for process in processes}
    return Ground(place, outcome.record, Keeper(place), by_name, links)


def _goods(place: Place, rows: int | None) -> Path:
    """The data set, or its first rows as a file of their own."""
    if rows is None:
        return DATA_FILE
    part = place.home / "goods.csv.gz"
    with gzip.open(DATA_FILE) as whole, gzip.open(part, "wb", compresslevel=1) as file:
        file.writelines(islice(whole, rows + 1))
    return part


def _link(name: str, base: int) -> Link:
    return Link(Ports(base).of(name.partition(">")[2]))


def _detours(links: Mapping[str, Link]) -> dict[str, dict[str, int]]:
    return {
        client: {server: links[f"{client}>{server}"].port for server in servers}
        for client, servers in WAYS.items()
    }
