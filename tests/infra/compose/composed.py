"""docker-compose.yml and the Dockerfiles as data, and what differs between them and native.

`test_like_native.py` and `test_images.py` judge by it, and plant faults in copies of it.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from native import table
from native.compose import secrets
from native.compose.containers import PORTS
from native.engines import kafka, postgres
from native.options import ENGINES, SERVICES, Options
from native.place import CHECKOUT, Place
from native.ports import DEFAULT_BASE, Ports
from native.process import Process
from native.vault import open_vault

Document = dict[str, Any]
NAMES = {"valkey": "redis", "documents": "mongo"}
# The page for whoever runs the shop natively; in containers there is Grafana.
NATIVE_ONLY = frozenset({"console"})
# What containers are told because of where they are: behind another address, with other neighbours.
OF_CONTAINERS = {
    "auth": {"SOUK_TRUSTED_PROXIES", "SOUK_KEY_ENCRYPTION_KEY"},
    "notifications": {"SOUK_KEY_ENCRYPTION_KEY"},
    "payments": {"SOUK_PROVIDER_WEBHOOK_ORIGIN"},
    "gateway": {"SOUK_HOSTS"},
}
# Where spans and reports go: native has its console for them, containers the collector.
WATCHED = re.compile(r"OTEL_\w+|SENTRY_DSN|SOUK_OTLP_\w+|SOUK_TRACE_\w+|SOUK_ACCESS_LOG_\w+")
# These say where something is, so they cannot be the same.
PLACES = re.compile(r"\w+_(URL|HOST|PORT|FOLDER|BOOTSTRAP|NETWORKS|UPSTREAMS|KEY|JWK|SECRET)$")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def compose() -> Document:
    """The file as Compose reads it where nothing is set."""
    text = (CHECKOUT / "docker-compose.yml").read_text()
    document: Document = yaml.safe_load(_VARIABLE.sub(lambda at: at[2] or "", text))
    return document


@cache
def native() -> dict[str, Process]:
    """The table of processes, by the names that containers have."""
    with tempfile.TemporaryDirectory() as home:
        place = Place(Path(home), Path(home))
        place.make()
        found = table.processes(place, Options(), open_vault(place))
    return {NAMES.get(one.name, one.name): one for one in found if one.name not in NATIVE_ONLY}


@cache
def hidden() -> Mapping[str, Mapping[str, str]]:
    """What each finds in its volume of secrets."""
    with tempfile.TemporaryDirectory() as home:
        return secrets.files(open_vault(Place(Path(home), Path(home))))


def dockerfile(name: str) -> str:
    """The Dockerfile of a service or of the gateway."""
    return (CHECKOUT / folder(name) / "Dockerfile").read_text()


def folder(name: str) -> str:
    """Where its code lies."""
    return name if name == "gateway" else f"services/{name}"


def of_image(name: str) -> dict[str, str]:
    """The environment that an image brings."""
    last = dockerfile(name).rpartition("\nFROM ")[2].replace("\\\n", " ")
    lines = [line[4:] for line in last.splitlines() if line.startswith("ENV ")]
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


def environment(document: Document, name: str) -> dict[str, str]:
    """All that a container finds in its environment: of its image, the file and its secrets."""
    given: dict[str, str] = document["services"][name].get("environment", {})
    return of_image(name) | given | dict(hidden().get(name, {}))


def differences(document: Document) -> list[str]:
    """Everything in which the file and native do not say the same; empty when they agree."""
    return [
        *_containers(document),
        *_ports(document),
        *(line for name in (*SERVICES, "gateway") for line in _environment(document, name)),
        *_engines(document),
    ]


def stays(document: Document) -> dict[str, Document]:
    """The services that go on, without those that end when their work is done."""
    return {n: one for n, one in document["services"].items() if one.get("restart") != "no"}


def _containers(document: Document) -> Iterator[str]:
    basic = {name for name, one in stays(document).items() if "profiles" not in one}
    for name in basic ^ native().keys():
        yield f"{name} is not in both"


def _ports(document: Document) -> Iterator[str]:
    for name, (offset, inside) in PORTS.items():
        due = f"127.0.0.1:{Ports(DEFAULT_BASE).of(offset)}:{inside}"
        if document["services"].get(name, {}).get("ports") != [due]:
            yield f"{name} is not published as {due}"


def _environment(document: Document, name: str) -> Iterator[str]:
    if name not in document["services"]:
        return
    here, there = environment(document, name), native()[name].environment
    wanted = {key for key in there if not WATCHED.fullmatch(key)} | OF_CONTAINERS.get(name, set())
    got = {key for key in here if key.startswith("SOUK_") and not WATCHED.fullmatch(key)}
    for key in sorted(wanted - here.keys()):
        yield f"{name} is not told {key}"
    for key in sorted(got - wanted - {"SOUK_RELEASE"}):
        yield f"{name} is told {key}, which native does not set"
    for key in sorted(wanted & there.keys() & here.keys()):
        if not PLACES.fullmatch(key) and _value(here[key]) != _value(there[key]):
            yield f"{name} has another {key}"


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _engines(document: Document) -> Iterator[str]:
    assert len(ENGINES) == 4
    services = document["services"]
    settings = {k: v for k, v in postgres.SETTINGS.items() if k != "unix_socket_directories"}
    for key, value in settings.items():
        if f"-c{key}={value}" not in services["postgres"]["command"]:
            yield f"postgres has another {key}"
    for key, value in kafka.LEAN.items():
        if services["kafka"]["environment"].get(f"KAFKA_{key.upper().replace('.', '_')}") != value:
            yield f"kafka has another {key}"
