"""What an overlay comes to: `kustomize build`, read as objects, and the small questions about them.

The tests of this folder and `tests/k8s` look at manifests through this and never at the files.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from native.place import CHECKOUT

K8S = CHECKOUT / "infra" / "k8s"
OVERLAYS = tuple(sorted(path.name for path in (K8S / "overlays").iterdir() if path.is_dir()))
SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
# Groups that the API server itself has; all else is a custom resource.
OWN_GROUPS = ("", "apps", "batch", "autoscaling", "policy")
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
SECONDS = 300  # it takes two; a machine that does much else is no fault of the manifests

Manifest = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod template: its object, its labels, its spec."""

    kind: str
    name: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """Those that start first included."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def ours(self) -> bool:
        """Whether it runs an image of the shop."""
        return any("souk/" in container["image"] for container in self.containers)


def build(kustomize: Path, folder: Path) -> list[Manifest]:
    """Every object of a kustomization; raises CalledProcessError with what was said."""
    return _build(str(kustomize), str(folder))


@lru_cache(maxsize=32)
def _build(kustomize: str, folder: str) -> list[Manifest]:
    done = subprocess.run(
        [kustomize, "build", folder], capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        raise AssertionError(f"{folder}: {done.stderr.strip()}")
    return list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader))


def of_kind(objects: Iterable[Manifest], *kinds: str) -> Iterator[Manifest]:
    """The objects of these kinds."""
    return (found for found in objects if found["kind"] in kinds)


def group(manifest: Manifest) -> str:
    """The API group: nothing for the core."""
    return str(manifest["apiVersion"]).rpartition("/")[0]


def is_custom(manifest: Manifest) -> bool:
    """Whether a CustomResourceDefinition is what describes it."""
    found = group(manifest)
    return found not in OWN_GROUPS and (
        not found.endswith(".k8s.io") or found == "gateway.networking.k8s.io"
    )


def identity(manifest: Manifest) -> str:
    """Kind and name, as messages have it."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def workloads(objects: Iterable[Manifest]) -> list[Workload]:
    """Everything that makes pods."""
    found = of_kind(objects, "Deployment", "StatefulSet", "Job", "DaemonSet", "CronJob")
    return [_workload(manifest) for manifest in found]


def _workload(manifest: Manifest) -> Workload:
    spec = manifest["spec"]
    template = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]
    metadata = template.get("metadata", {})
    labels = metadata.get("labels", {})
    return Workload(manifest["kind"], manifest["metadata"]["name"], labels, template["spec"])


def distinct(objects: Iterable[Manifest]) -> list[Manifest]:
    """Equal objects once: the overlays have most in common."""
    return list({json.dumps(found, sort_keys=True): found for found in objects}.values())


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels (an empty one takes all, None takes none)."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels", {})
    expressions = selector.get("matchExpressions", ())
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    there = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return there in expression["values"]
        case "NotIn":
            return there not in expression["values"]
        case "Exists":
            return there is not None
        case "DoesNotExist":
            return there is None
    raise AssertionError(f"no such operator: {expression['operator']}")
