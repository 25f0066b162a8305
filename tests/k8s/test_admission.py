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
    distinct,
    group,
    identity,
    of_kind,
    workloads,
)
from tests.infra.k8s.strimzi import GROUP
from tests.k8s.cluster import Shop


def listed(items: list[Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.fixture(scope="module")
def definitions(api: Shop) -> Iterator[None]:
    """The custom resources' definitions; those that were not there before go again."""
    there = {one["metadata"]["name"] for one in api.objects("customresourcedefinitions")}
    used = {(group(one), one["kind"]) for overlay in OVERLAYS for one in objects(overlay)}
    ours = [one for name in (*MODULES, GROUP) for one in published(name)]
    added = [
        one
        for one in ours
        if (one["spec"]["group"], one["spec"]["names"]["kind"]) in used
        and one["metadata"]["name"] not in there
    ]
    apply = ("apply", "--server-side", "--filename", "-")
    if added:
        api.kubectl(*apply, given=listed(added))
        names = [f"crd/{one['metadata']['name']}" for one in added]
        api.kubectl("wait", "--for=condition=Established", *names, "--timeout=120s")
    yield
    if added:
        api.kubectl("delete", "--filename", "-", "--wait=false", given=listed(added))


def objects(overlay: str) -> list[Manifest]:
    folder: Path = K8S / "overlays" / overlay
    return build(toolbox.go_tool("kustomize"), folder)


def dry_run(api: Shop, items: list[Any], *words: str) -> str:
    strict = ("--dry-run=server", "--validate=strict", "--filename", "-")
    return api.kubectl(*words, *strict, given=listed(items), check=False)


def test_every_object_of_every_overlay_passes_a_strict_dry_run(
    api: Shop, definitions: None
) -> None:
    """Equal objects once: a dry run keeps nothing, so those of all overlays go together."""
    found = distinct(one for overlay in OVERLAYS for one in objects(overlay))
    assert len(found) > 200
    apply = ("apply", "--server-side", "--force-conflicts", "--field-manager=souk-dry-run")
    said = dry_run(api, list(found), *apply)
    wrong = [line for line in said.splitlines() if "serverside-applied" not in line]
    assert wrong == []
    assert said.count("serverside-applied") == len(found)


def test_the_dry_run_refuses_a_field_that_nobody_knows(api: Shop, definitions: None) -> None:
    for kind in ("Deployment", "ScaledObject"):
        planted: Any = copy.deepcopy(next(of_kind(objects("production"), kind)))
        planted["spec"]["replicsa"] = 3
        assert "replicsa" in dry_run(api, [planted], "apply", "--server-side")


def pods() -> list[dict[str, Any]]:
    """A pod of each workload's template of every overlay, as its controller would make it."""
    found = {
        json.dumps(pod.spec, sort_keys=True): pod
        for overlay in OVERLAYS
        for pod in workloads(objects(overlay))
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"dry-{number}", "namespace": "souk", "labels": dict(pod.labels)},
            "spec": {**_with_claims(pod.spec), "restartPolicy": "Never"},
        }
        for number, pod in enumerate(found.values())
    ]


def _with_claims(spec: Any) -> Any:
    """A StatefulSet's own volumes are added by its controller; any other does for judging."""
    volumes = {volume["name"] for volume in spec.get("volumes", ())}
    mounts = {m["name"] for c in spec["containers"] for m in c.get("volumeMounts", ())}
    more = [{"name": name, "emptyDir": {}} for name in sorted(mounts - volumes)]
    return {**spec, "volumes": [*spec.get("volumes", ()), *more]}


def test_every_pod_of_every_overlay_is_admitted_as_restricted(api: Shop) -> None:
    found = pods()
    assert len(found) > 40
    said = dry_run(api, found, "create")
    assert said.count("created") == len(found), said


def test_a_pod_that_asks_for_more_is_refused(api: Shop) -> None:
    planted = pods()[0]
    planted["spec"]["hostNetwork"] = True
    said = dry_run(api, [planted], "create")
    assert "violates PodSecurity" in said, identity(planted)
