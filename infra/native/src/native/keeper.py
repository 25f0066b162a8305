"""Talks to the supervisor that keeps the processes of one stack.

`up`, `down` and `status` use it. The supervisor (PyPI `supervisor`) restarts what crashes and keeps
each log small; this module writes its configuration from the process table, starts it away from the
terminal and speaks its XML-RPC over a Unix socket that only its owner may open.
"""

import asyncio
import http.client
import os
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native.place import Place, write_private
from native.process import Process
from native.supervision import render

RUNNING = 20  # http://supervisord.org/subprocess.html#process-states
STARTING = 10
ENDED = frozenset({0, 100, 200, 1000})  # stopped, exited, fatal, unknown


Note = Callable[[str], None]


def print_nothing(_: str) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor says of one process."""

    name: str
    code: int
    word: str
    pid: int | None
    since: float
    trouble: str


class _Transport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._connection: Any = (None, None)
        self._path = path

    def request(self, *arguments: Any, **options: Any) -> Any:
        """One call on one connection: the next may be seconds away, or never come."""
        try:
            return super().request(*arguments, **options)
        finally:
            self.close()

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        path = self._path

        class Connection(http.client.HTTPConnection):
            def connect(self) -> None:
                self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    self.sock.connect(str(path))
                except OSError:
                    self.sock.close()
                    raise

        connection = Connection("supervisor")
        self._connection = (host, connection)
        return connection


class Keeper:
    """The supervisor of one home."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._configuration = place.run / "supervisor.conf"
        self._rpc: Any = xmlrpc.client.ServerProxy(
            "http://supervisor", transport=_Transport(place.socket)
        ).supervisor

    def alive(self) -> bool:
        """Whether the supervisor answers."""
        try:
            self._rpc.getState()
        except (OSError, http.client.HTTPException):
            return False
        return True

    def pid(self) -> int:
        """The supervisor's own process."""
        return int(self._rpc.getPID())

    def differs(self, processes: Iterable[Process]) -> bool:
        """Whether the configuration for these processes is another than the one in the home."""
        path = self._configuration
        return not path.exists() or path.read_text() != render(self._place, processes)

    def write(self, processes: Iterable[Process]) -> None:
        """Write the configuration for these processes."""
        write_private(self._configuration, render(self._place, processes))

    async def launch(self) -> None:
        """Start the supervisor, with nothing under it yet, and wait until it answers."""
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        with (self._place.logs / "supervisor.out").open("wb") as log:
            started = subprocess.Popen(  # noqa: ASYNC220  it outlives this process
                command,
                cwd=self._place.home,
                env=kept | {"SOUK_STACK": str(self._place.home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while not self.alive():
            if started.poll() is not None or time.monotonic() > deadline:
                said = (self._place.logs / "supervisor.out").read_text()[-2000:]
                raise RuntimeError(f"the supervisor did not start:\n{said}")
            await asyncio.sleep(0.02)

    def states(self) -> dict[str, State]:
        """Each process under the supervisor, by name."""
        return {raw["name"]: _state(raw) for raw in self._rpc.getAllProcessInfo()}

    def running(self) -> set[str]:
        """The names of all that runs or is about to; none where there is no supervisor."""
        if not self.alive():
            return set()
        return {state.name for state in self.states().values() if state.code not in ENDED}

    def start(self, name: str) -> None:
        """Start one process, without waiting; one that runs already is left alone."""
        self._tolerate("ALREADY_STARTED", self._rpc.startProcess, name, False)

    async def stop(self, names: Iterable[str], note: Note = print_nothing) -> None:
        """Stop these processes together, and return when the last has ended."""
        wanted = set(names) & self.states().keys()
        for name in wanted:
            self._tolerate("NOT_RUNNING", self._rpc.stopProcess, name, False)

        def all_ended() -> bool:
            states = self.states()
            left = sorted(name for name in wanted if states[name].code not in ENDED)
            note("waiting for " + ", ".join(left))
            return not left

        await _until(all_ended)

    async def take_over(self) -> list[str]:
        """Read the configuration again; stop and renew what it changes. Gives their names."""
        added, changed, removed = self._rpc.reloadConfig()[0]
        await self.stop([*changed, *removed])
        for name in [*changed, *removed]:
            self._rpc.removeProcessGroup(name)
        for name in [*added, *changed]:
            self._rpc.addProcessGroup(name)
        return [*added, *changed]

    def log(self, name: str) -> Path:
        """Where the output of a process is kept."""
        return self._place.logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        """The end of a process's log, for a message about why it did not start."""
        path = self.log(name)
        return path.read_text(errors="replace")[-1500:] if path.exists() else ""

    async def shut_down(self) -> None:
        """End the supervisor and whatever still runs under it."""
        self._rpc.shutdown()
        await _until(lambda: not self.alive())

    @staticmethod
    def _tolerate(fault: str, call: Any, *arguments: object) -> None:
        try:
            call(*arguments)
        except xmlrpc.client.Fault as problem:
            if not problem.faultString.startswith(fault):
                raise


async def _until(condition: Callable[[], bool]) -> None:
    """Ask every 30 ms; the supervisor kills what does not stop, so this comes to an end."""
    while True:
        if condition():
            return
        await asyncio.sleep(0.03)


def _state(raw: dict[str, Any]) -> State:
    return State(
        name=raw["name"],
        code=raw["state"],
        word=raw["statename"].lower(),
        pid=raw["pid"] or None,
        since=float(raw["start"]),
        trouble=raw["spawnerr"],
    )
