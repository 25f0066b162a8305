"""Every object of every overlay passes a strict dry run, every pod is admitted as restricted."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from native import toolbox
from tests.infra.k8s.crds import MODULES, published
from tests.infra.k8s.rendered import (
    K8S,
    OVERLAYS,
    Manifest,
    build,
    identity,
    of_kind,
    workloads,
)
from tests.infra.k8s.strimzi import GROUP
from tests.k8s.cluster import Shop


def listed(items: list[Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.fixture(scope="module")
def definitions(shop: Shop) -> Iterator[None]:
    """The custom resources' definitions; those that were not there before go again."""
    there = {one["metadata"]["name"] for one in shop.objects("customresourcedefinitions")}
    ours = [one for group in (*MODULES, GROUP) for one in published(group)]
    added = [one for one in ours if one["metadata"]["name"] not in there]
    apply = ("apply", "--server-side", "--filename", "-")
    if added:
        shop.kubectl(*apply, given=listed(added))
        names = [f"crd/{one['metadata']['name']}" for one in added]
        shop.kubectl("wait", "--for=condition=Established", *names, "--timeout=120s")
    yield
    if added:
        shop.kubectl("delete", "--filename", "-", "--wait=false", given=listed(added))


def objects(overlay: str) -> list[Manifest]:
    folder: Path = K8S / "overlays" / overlay
    return build(toolbox.go_tool("kustomize"), folder)


def dry_run(shop: Shop, items: list[Any], *words: str) -> str:
    strict = ("--dry-run=server", "--validate=strict", "--filename", "-")
    return shop.kubectl(*words, *strict, given=listed(items), check=False)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_passes_a_strict_dry_run(overlay: str, shop: Shop, definitions: None) -> None:
    found = objects(overlay)
    apply = ("apply", "--server-side", "--force-conflicts", "--field-manager=souk-dry-run")
    said = dry_run(shop, list(found), *apply)
    wrong = [line for line in said.splitlines() if "serverside-applied" not in line]
    assert wrong == []
    assert said.count("serverside-applied") == len(found)


def test_the_dry_run_refuses_a_field_that_nobody_knows(shop: Shop, definitions: None) -> None:
    for kind in ("Deployment", "ScaledObject"):
        planted: Any = copy.deepcopy(next(of_kind(objects("production"), kind)))
        planted["spec"]["replicsa"] = 3
        assert "replicsa" in dry_run(shop, [planted], "apply", "--server-side")


def pods(overlay: str) -> list[dict[str, Any]]:
    """A pod of each workload's template, as its controller would make it."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"dry-{pod.name}",
                "namespace": "souk",
                "labels": dict(pod.labels),
            },
            "spec": {**_with_claims(pod.spec), "restartPolicy": "Never"},
        }
        for pod in workloads(objects(overlay))
    ]


def _with_claims(spec: Any) -> Any:
    """A StatefulSet's own volumes are added by its controller; any other does for judging."""
    volumes = {volume["name"] for volume in spec.get("volumes", ())}
    mounts = {m["name"] for c in spec["containers"] for m in c.get("volumeMounts", ())}
    more = [{"name": name, "emptyDir": {}} for name in sorted(mounts - volumes)]
    return {**spec, "volumes": [*spec.get("volumes", ()), *more]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_admitted_as_restricted(overlay: str, shop: Shop) -> None:
    found = pods(overlay)
    said = dry_run(shop, found, "create")
    assert said.count("created") == len(found), said


def test_a_pod_that_asks_for_more_is_refused(shop: Shop) -> None:
    planted = pods("local")[0]
    planted["spec"]["hostNetwork"] = True
    said = dry_run(shop, [planted], "create")
    assert "violates PodSecurity" in said, identity(planted)
