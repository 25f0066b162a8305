"""The server of MongoDB's protocol: a real `mongod` where one is on the PATH, else one on the JVM.

Called by the process table. Both keep an acknowledged write through a `kill -9`: the JVM's by
committing before it answers (`document_server.py`), MongoDB's by the journal that the connection
string asks for.
"""

import shutil
import sys

from native.place import Place
from native.ports import Ports
from native.process import HOST, Process, accepts


def process(place: Place, ports: Ports) -> Process:
    """Its line of the process table."""
    port = ports.of("documents")
    mongod = shutil.which("mongod")
    folder = place.data / ("documents" if mongod is None else "mongod")
    folder.mkdir(parents=True, exist_ok=True)
    return Process(
        name="documents",
        command=_own(place, str(folder), port) if mongod is None else _real(mongod, folder, port),
        port=port,
        probe=accepts,
        stage=0,
        stop_seconds=30,
        environment={"MALLOC_ARENA_MAX": "1"},
    )


def _own(place: Place, folder: str, port: int) -> tuple[str, ...]:
    program = (sys.executable, "-m", "native.engines.document_server")
    return (*program, str(place.jars / "documents"), folder, str(port))


def _real(mongod: str, folder: object, port: int) -> tuple[str, ...]:
    bounds = ("--wiredTigerCacheSizeGB", "0.25", "--quiet", "--nounixsocket")
    return (mongod, "--dbpath", str(folder), "--port", str(port), "--bind_ip", HOST, *bounds)


def url(ports: Ports) -> str:
    """The connection string for the services."""
    return f"mongodb://{HOST}:{ports.of('documents')}/?directConnection=true&journal=true"
