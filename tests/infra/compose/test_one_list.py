"""Images and ports are the same in containers and on Kubernetes, and both Composes read the file.

Native's side of it is in `test_like_native.py` and in `tests/infra/k8s/test_settings.py`.
"""

import copy
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from native.compose.containers import PORTS
from native.delivery.images import base_images, dockerfiles
from native.place import CHECKOUT
from tests.infra.compose.composed import Document, compose

K8S = CHECKOUT / "infra" / "k8s"
ENGINES = ("postgres", "redis", "kafka", "mongo")
FILE = CHECKOUT / "docker-compose.yml"
PROFILES = {
    "observability": {"collector", "prometheus", "loki", "jaeger", "grafana"},
    "tools": {"kafka-ui"},
}
# What a site without the public registry names.
GIVEN = {
    f"{name}_IMAGE": f"registry.example/{name.lower()}:1"
    for name in ("PYTHON", "UV", "POSTGRES", "REDIS", "KAFKA", "MONGO")
}
COMPOSES = (("docker", "compose"), ("docker-compose",))
# Machines talk to the broker by this one, people on this machine by the other.
BROKER = 9092


def manifests() -> list[dict[str, Any]]:
    """The objects of the base and of the plain servers, as they lie in the tree."""
    folders = ("base/services", "components/engines-plain", "components/redis")
    files = [path for folder in folders for path in sorted((K8S / folder).glob("*.yaml"))]
    read = [yaml.safe_load_all(path.read_text()) for path in files]
    return [one for documents in read for one in documents if one and "kind" in one]


def of_kubernetes() -> dict[str, set[str]]:
    """The images of each server, and under `shop` the names of the shop's own."""
    found: dict[str, set[str]] = {"shop": set()}
    for one in manifests():
        spec = one.get("spec", {}).get("template", {}).get("spec", {})
        for container in [*spec.get("containers", ()), *spec.get("initContainers", ())]:
            image = str(container.get("image", ""))
            if image.startswith("souk/"):
                found["shop"].add(image.removeprefix("souk/"))
            elif image:
                found.setdefault(one["metadata"]["name"], set()).add(image)
    return found


def differences(document: Document, kubernetes: Mapping[str, set[str]]) -> Iterator[str]:
    """In which images the two do not say the same; none when they agree."""
    services = document["services"]
    for name in ENGINES:
        if kubernetes.get(name) != {services[name]["image"]}:
            yield f"{name} is {services[name]['image']} and {kubernetes.get(name)}"
    ours = {re.sub(r"^souk/|:.*$", "", s["image"]) for s in services.values() if "build" in s}
    if not kubernetes["shop"] == ours == set(dockerfiles()):
        yield f"the shop's are {ours}, {kubernetes['shop']} and {set(dockerfiles())}"
    for name, default in document["x-bases"].items():
        for part, file in dockerfiles().items():
            if base_images(file).get(name) != default:
                yield f"{part} is built from another {name}"


def test_containers_and_kubernetes_run_the_same_images() -> None:
    assert list(differences(compose(), of_kubernetes())) == []


def test_no_image_is_named_without_a_version() -> None:
    bases = [image for file in dockerfiles().values() for image in base_images(file).values()]
    images = [one["image"] for one in compose()["services"].values()]
    for image in [*bases, *images]:
        assert re.fullmatch(r"[\w./-]+:v?\d[\w.-]*|souk/[a-z]+:dev", image), image


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("services", "postgres", "image"), "postgres:17", "postgres is postgres:17"),
        (("services", "kafka", "image"), "apache/kafka:3.9.0", "kafka is apache/kafka:3.9.0"),
        (("x-bases", "UV_IMAGE"), "uv:0.9.4", "auth is built from another UV_IMAGE"),
        (("services", "payments"), {"image": "redis:8"}, "the shop's are"),
    ],
)
def test_an_image_that_is_another_in_one_place_is_seen(
    place: Sequence[str], value: object, said: str
) -> None:
    document: Any = copy.deepcopy(compose())
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert any(line.startswith(said) for line in differences(document, of_kubernetes()))


def test_each_listens_on_the_same_port_in_containers_and_on_kubernetes() -> None:
    ports: dict[str, set[int]] = {}
    for one in manifests():
        if one["kind"] == "Service":
            found = {port["port"] for port in one["spec"]["ports"]}
            ports[one["metadata"]["name"]] = found
    inside = {name: number for name, (_offset, number) in PORTS.items()} | {"kafka": BROKER}
    for name in (*ENGINES, *dockerfiles(), "mailbox"):
        if name != "operator":
            assert inside[name] in ports[name], name
    common = dict(
        line.split("=", 1)
        for line in (K8S / "base/settings/common.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    same = ("SOUK_KAFKA_BOOTSTRAP", "SOUK_JWKS_URL", "SOUK_AUDIENCE", "SOUK_LOG_FORMAT")
    assert [common[name] for name in same] == [compose()["x-common"][name] for name in same]
    assert common["SOUK_KAFKA_BOOTSTRAP"] == f"kafka:{BROKER}"


def said(words: Sequence[str], file: Path, *profiles: str, **given: str) -> Any:
    """The file as that version of Compose reads it, or None where it refuses it."""
    known = {k: v for k, v in os.environ.items() if not re.match(r"SOUK_|COMPOSE_|\w+_IMAGE$", k)}
    asked = [word for profile in profiles for word in ("--profile", profile)]
    done = subprocess.run(
        [*words, "-f", str(file), "-p", "souk", *asked, "config"],
        env=known | given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return yaml.safe_load(done.stdout) if done.returncode == 0 else None


@pytest.fixture(params=COMPOSES, ids=" ".join)
def words(request: pytest.FixtureRequest) -> Sequence[str]:
    """A version of Compose; skipped where it is not on this machine."""
    found: Sequence[str] = request.param
    if shutil.which(found[0]) is None:
        pytest.skip(f"there is no {found[0]} on the PATH")
    if subprocess.run([*found, "version"], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no {' '.join(found)} here")
    return found


def test_both_versions_of_compose_read_the_file_with_its_profiles(words: Sequence[str]) -> None:
    everything = compose()["services"]
    basic = {name for name, one in everything.items() if "profiles" not in one}
    assert basic | set().union(*PROFILES.values()) == set(everything)
    read = said(words, FILE, *PROFILES)["services"]
    for name, one in everything.items():
        assert read[name]["image"] == one["image"], name
        waits = {to: how["condition"] for to, how in one.get("depends_on", {}).items()}
        found = read[name].get("depends_on", {})
        assert {to: how["condition"] for to, how in found.items()} == waits, name
        assert megabytes(read[name]["mem_limit"]) == megabytes(one["mem_limit"]), name
    assert set(read) == set(everything)
    for profile, adds in PROFILES.items():
        assert {n for n, one in everything.items() if profile in one.get("profiles", ())} == adds


def megabytes(limit: object) -> int:
    """Of `144m` as of its bytes, which the newer version writes."""
    text = str(limit)
    return int(text[:-1]) if text.endswith("m") else int(text) // 1024**2


def test_a_site_names_its_own_images(words: Sequence[str]) -> None:
    read = said(words, FILE, **GIVEN)["services"]
    for name in ENGINES:
        assert read[name]["image"] == GIVEN[f"{name.upper()}_IMAGE"]
    for name, one in read.items():
        if "build" in one:
            bases = {key: GIVEN[key] for key in ("PYTHON_IMAGE", "UV_IMAGE")}
            assert one["build"]["args"] == bases, name


def test_a_misspelt_word_is_refused(words: Sequence[str], tmp_path: Path) -> None:
    document: Any = json.loads(json.dumps(compose()))
    document["services"]["orders"]["mem_limt"] = "1m"
    planted = tmp_path / "docker-compose.yml"
    planted.write_text(yaml.safe_dump(document))
    assert said(words, planted) is None
    del document["services"]["orders"]["mem_limt"]
    planted.write_text(yaml.safe_dump(document))
    assert said(words, planted) is not None
