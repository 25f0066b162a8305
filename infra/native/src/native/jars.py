"""Brings the jars of Kafka and of the document server, and checks each against `jars.lock`.

`up` runs this as a process of its own when a jar is missing (`python -m native.jars FOLDER`). The
lock names every coordinate, so nothing is resolved at run time; `--lock` resolves anew and writes
it. Resolving has two traps: jgo leaves a property in caffeine's POM unfilled, so jspecify is named
too, and log4j's binding is resolved apart, or it would bring an older kafka-clients.
"""

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from native.errors import StackError

LOCK = Path(__file__).with_name("jars.lock")
KAFKA = "org.apache.kafka:kafka_2.13:4.1.0+org.jspecify:jspecify:1.0.0"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
DOCUMENTS = "de.bwaldvogel:mongo-java-server-h2-backend:1.47.0"
DOCUMENT_LOGGING = "org.slf4j:slf4j-simple:2.0.17"
SETS = {"kafka": (KAFKA, LOGGING), "documents": (DOCUMENTS, DOCUMENT_LOGGING)}


class WrongJar(StackError):
    """A jar is not the one that the lock names."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: SHA-256, the server it is for, and the Maven coordinate."""

    sha256: str
    server: str
    coordinate: str

    def path(self, folder: Path) -> Path:
        """Where the jar lies below the folder of all jars."""
        _, artifact, version = self.coordinate.split(":")
        return folder / self.server / f"{artifact}-{version}.jar"


def locked() -> list[Jar]:
    """The jars that the lock names."""
    lines = [line.split() for line in LOCK.read_text().splitlines()]
    return [Jar(*words) for words in lines if words and not words[0].startswith("#")]


def missing(folder: Path) -> list[Jar]:
    """The jars that are not in `folder` yet; a jar is put there only after its check."""
    return [jar for jar in locked() if not jar.path(folder).exists()]


def damaged(folder: Path) -> list[Jar]:
    """The jars in `folder` whose bytes are not those of the lock."""
    present = [jar for jar in locked() if jar.path(folder).exists()]
    return [jar for jar in present if sha256(jar.path(folder)) != jar.sha256]


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(folder: Path) -> None:
    """Bring what is missing, eight at a time, and print each jar's name as it arrives.

    Raises:
        WrongJar: the repository served bytes other than the lock's; the jar is not kept.
    """
    transport = httpx.HTTPTransport(retries=3)
    client = httpx.Client(transport=transport, timeout=60.0, follow_redirects=True)
    with client, ThreadPoolExecutor(8) as pool:
        for jar in pool.map(lambda jar: fetch_one(client, jar, folder), missing(folder)):
            print(jar.path(folder).name, flush=True)  # noqa: T201  the progress display reads it


def fetch_one(client: httpx.Client, jar: Jar, folder: Path) -> Jar:
    """Bring one jar, and nothing that it depends on; it has its name only after its check."""
    target = jar.path(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".arriving")
    with client.stream("GET", address(jar)) as answer, draft.open("wb") as file:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            file.write(piece)
    if sha256(draft) != jar.sha256:
        draft.unlink()
        raise WrongJar(f"{jar.coordinate} is not the jar that {LOCK.name} names")
    draft.replace(target)
    return jar


def address(jar: Jar) -> str:
    """Where Maven's repository keeps the jar; jgo knows the repository."""
    from jgo.constants import MAVEN_CENTRAL_URL

    group, artifact, version = jar.coordinate.split(":")
    return "/".join([MAVEN_CENTRAL_URL, group.replace(".", "/"), artifact, version]) + (
        f"/{artifact}-{version}.jar"
    )


def write_lock() -> None:
    """Resolve every set anew and write the lock; the first coordinate's version of a jar wins."""
    import jgo

    lines = ["# SHA-256, server, Maven coordinate. Written by: python -m native.jars --lock"]
    for server, coordinates in SETS.items():
        taken: dict[str, str] = {}
        for coordinate in coordinates:
            for found in jgo.resolve(coordinate):
                name = f"{found.groupId}:{found.artifactId}:{found.version}"
                line = f"{sha256(found.resolve())} {server} {name}"
                taken.setdefault(found.artifactId, line)
        lines += sorted(taken.values(), key=lambda line: line.split()[2])
    LOCK.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--lock":
        write_lock()
    else:
        fetch(Path(sys.argv[1]))
