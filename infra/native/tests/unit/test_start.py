"""A start is refused before anything runs where it could only fail."""

import fcntl
import io
import socket
from pathlib import Path

import pytest
from rich.console import Console

from native.keeper import Keeper
from native.options import Options
from native.place import Place
from native.ports import free_base
from native.process import Process, accepts
from native.progress import Progress
from native.stages import NotReady, bring_stage
from native.start import Busy, PortsTaken, bring_up


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, tmp_path)
    made.make()
    return made


@pytest.fixture
def unheard() -> Progress:
    return Progress(Console(file=io.StringIO()))


async def test_two_starts_of_one_home_do_not_mix(place: Place, unheard: Progress) -> None:
    with (place.run / "up.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another"):
            await bring_up(place, Options(engines_only=True), unheard)
    assert not Keeper(place).alive()


async def test_every_taken_port_is_named_at_once(place: Place, unheard: Progress) -> None:
    base = free_base()
    one = socket.create_server(("127.0.0.1", base + 3))
    two = socket.create_server(("127.0.0.1", base + 6))
    with one, two, pytest.raises(PortsTaken) as refused:
        await bring_up(place, Options(port_base=base, engines_only=True), unheard)
    assert [holder.port for holder in refused.value.holders] == [base + 3, base + 6]
    assert not Keeper(place).alive()
    assert not place.record.exists()


async def test_waiting_ends_when_the_supervisor_is_gone(place: Place, unheard: Progress) -> None:
    never = Process(name="x", command=("/bin/x",), port=1, probe=accepts, stage=0)

    class Gone(Keeper):
        def running(self) -> set[str]:
            return {"x"}

    with pytest.raises(NotReady, match="supervisor was stopped"):
        await bring_stage(Gone(place), [never], {0}, "Starting", unheard)
