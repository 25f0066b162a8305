"""Every overlay is what the API server of each supported Kubernetes takes, and what it must be."""

import copy
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from native.place import CHECKOUT
from tests.infra.conftest import Bring
from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.rendered import (
    OVERLAYS,
    SECONDS,
    Manifest,
    distinct,
    identity,
    is_custom,
    of_kind,
    selects,
    workloads,
)

VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
# How chassis.process ends: the seconds that it gives itself, read where they are set.
PROCESS = CHECKOUT / "libs" / "chassis" / "src" / "chassis" / "process.py"
NODE_SECONDS = 5


def validate(program: Path, version: str, file: Path) -> subprocess.CompletedProcess[str]:
    """kubernetes-validate, which refuses fields that the version does not know."""
    command = [str(program), "--kubernetes-version", version, "--strict", "--quiet", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_objects_are_valid_in_every_supported_version(
    version: str, everything: list[Manifest], python_tool: Bring, tmp_path: Path
) -> None:
    program, file = python_tool("kubernetes-validate"), tmp_path / "all.yaml"
    plain = [found for found in distinct(everything) if not is_custom(found)]
    assert len(plain) > 120
    file.write_text(yaml.dump_all(plain, Dumper=yaml.CSafeDumper))
    done = validate(program, version, file)
    assert done.returncode == 0, done.stdout + done.stderr
    planted: Any = copy.deepcopy(next(of_kind(plain, "Deployment")))
    planted["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 5
    file.write_text(yaml.dump(planted))
    assert validate(program, version, file).returncode != 0


def test_no_version_is_newer_than_the_newest_that_is_checked(python_tool: Bring) -> None:
    told = subprocess.run(
        [
            python_tool("python"),
            "-c",
            "import json, kubernetes_validate as k; print(json.dumps(k.latest_version()))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout).startswith(VERSIONS[-1])


def named(objects: list[Manifest], kind: str) -> dict[str, Mapping[str, Any]]:
    return {found["metadata"]["name"]: found for found in of_kind(objects, kind)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_who_is_scaled_has_no_number_of_its_own(overlay: str, overlays: Overlays) -> None:
    objects = overlays[overlay]
    deployments, rollouts = named(objects, "Deployment"), named(objects, "Rollout")
    scaled = [one["spec"]["scaleTargetRef"] for one in of_kind(objects, "HorizontalPodAutoscaler")]
    scaled += [
        {"kind": "Deployment", **one["spec"]["scaleTargetRef"]}
        for one in of_kind(objects, "ScaledObject")
    ]
    assert len(scaled) >= 7
    for target in scaled:
        there = rollouts if target["kind"] == "Rollout" else deployments
        assert target["name"] in there, target
        assert "replicas" not in there[target["name"]]["spec"], target
        assert "replicas" not in deployments[target["name"]]["spec"], target


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_long_lived_pod_is_probed_bounded_and_drained(
    overlay: str, overlays: Overlays
) -> None:
    own_end = float(PROCESS.read_text().split("DEADLINE_SECONDS = ")[1].split()[0])
    for pod in workloads(overlays[overlay]):
        for container in pod.containers:
            for side in ("requests", "limits"):
                bounds = container["resources"][side].keys()
                assert {"cpu", "memory"} <= bounds, f"{pod.name} {side}"
        if pod.kind == "Job":
            continue
        (container,) = pod.spec["containers"]
        ports = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            handler = container[probe].get("httpGet") or container[probe].get("tcpSocket")
            assert handler is None or handler["port"] in ports, f"{pod.name} {probe}"
        if container["name"] == "souk" and pod.name != "mailbox":
            wait = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            pause = wait.get("seconds", 0)
            assert pod.spec["terminationGracePeriodSeconds"] >= pause + own_end, pod.name
            worker = pod.labels["app.kubernetes.io/component"] == "worker"
            assert pause == 0 if worker else pause >= NODE_SECONDS, pod.name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_probes_ask_where_the_process_answers(overlay: str, overlays: Overlays) -> None:
    from chassis.health import Health

    there = {getattr(route, "path", "") for route in Health({}).router().routes}
    for pod in workloads(overlays[overlay]):
        for container in pod.spec["containers"]:
            asked = [
                container[name]["httpGet"]["path"]
                for name in ("startupProbe", "readinessProbe", "livenessProbe")
                if "httpGet" in container.get(name, {})
            ]
            assert set(asked) <= there, pod.name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_reference_meets_its_object(overlay: str, overlays: Overlays) -> None:
    objects = overlays[overlay]
    pods = workloads(objects)
    accounts, maps = named(objects, "ServiceAccount"), named(objects, "ConfigMap")
    for pod in pods:
        assert accounts[pod.spec["serviceAccountName"]]["automountServiceAccountToken"] is False
        assert pod.spec["automountServiceAccountToken"] is False
        for volume in pod.spec.get("volumes", ()):
            assert "configMap" not in volume or volume["configMap"]["name"] in maps, pod.name
    for service in of_kind(objects, "Service"):
        wanted = {"matchLabels": service["spec"]["selector"]}
        behind = [pod for pod in pods if selects(wanted, pod.labels)]
        assert len(behind) == 1, identity(service)
        ports = {p["name"] for c in behind[0].spec["containers"] for p in c.get("ports", ())}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    budgets = list(of_kind(objects, "PodDisruptionBudget"))
    for budget in budgets:
        behind = [pod for pod in pods if selects(budget["spec"]["selector"], pod.labels)]
        assert [pod.name for pod in behind] == [budget["metadata"]["name"]]
    ours = {p.name for p in pods if p.kind == "Deployment" and p.name != "mailbox"}
    assert {budget["metadata"]["name"] for budget in budgets} == ours


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_image_is_built_here_or_is_an_engines_and_none_is_latest(
    overlay: str, overlays: Overlays
) -> None:
    engines = {"postgres", "redis", "mongo", "apache/kafka"}
    for pod in workloads(overlays[overlay]):
        for container in pod.containers:
            name, _, tag = container["image"].rpartition(":")
            assert tag not in ("", "latest"), container["image"]
            if name in engines:
                continue
            own = name.rpartition("souk/")[2]
            folders = (f"services/{own}", own, f"infra/compose/{own}")
            assert any((CHECKOUT / f / "Dockerfile").is_file() for f in folders), name


def test_the_topics_are_natives() -> None:
    from native import topics

    text = (CHECKOUT / "infra/k8s/components/engines-operators/kafka.yaml").read_text()
    found = {
        one["metadata"]["name"]: one["spec"]
        for one in yaml.safe_load_all(text)
        if one["kind"] == "KafkaTopic"
    }
    assert found.keys() == set(topics.names())
    for name, spec in found.items():
        assert spec["partitions"] == (1 if name.endswith(".dlq") else topics.PARTITIONS)
        kept = topics.WEEK_MS if name.endswith(".commands") else -1
        assert spec["config"]["retention.ms"] == kept, name


def test_keda_watches_the_groups_that_consume(overlays: Overlays) -> None:
    code = "".join(
        path.read_text()
        for pattern in ("bootstrap.py", "components.py")
        for path in (CHECKOUT / "services").glob(f"*/src/*/{pattern}")
    )
    triggers = [
        trigger["metadata"]
        for one in of_kind(overlays["production"], "ScaledObject")
        for trigger in one["spec"]["triggers"]
    ]
    assert len(triggers) == 14
    for trigger in triggers:
        service, _, rest = trigger["consumerGroup"].partition("-")
        spelt = (f"{service}-{rest}" in code) or (f"{{NAME}}-{rest}" in code) or not rest
        assert spelt, trigger["consumerGroup"]
