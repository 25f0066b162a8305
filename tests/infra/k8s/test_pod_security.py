"""Every pod of every overlay keeps to Pod Security "restricted"; each field is looked at."""

import copy
from typing import Any

import pytest

from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.pod_security import violations
from tests.infra.k8s.rendered import OVERLAYS, of_kind, workloads

GOOD: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "a",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}
# Where, and what is put there; each is one line of the standard.
FAULTS: list[tuple[tuple[str | int, ...], object]] = [
    (("hostNetwork",), True),
    (("hostPID",), True),
    (("hostIPC",), True),
    (("volumes",), [{"name": "v", "hostPath": {"path": "/"}}]),
    (("volumes",), [{"name": "v", "nfs": {"server": "a", "path": "/"}}]),
    (("securityContext", "sysctls"), [{"name": "kernel.msgmax", "value": "1"}]),
    (("securityContext", "runAsUser"), 0),
    (("securityContext", "runAsNonRoot"), False),
    (("securityContext", "seccompProfile"), {"type": "Unconfined"}),
    (("securityContext", "seccompProfile"), {}),
    (("securityContext", "seLinuxOptions"), {"type": "spc_t"}),
    (("securityContext", "seLinuxOptions"), {"user": "system_u"}),
    (("securityContext", "appArmorProfile"), {"type": "Unconfined"}),
    (("securityContext", "windowsOptions"), {"hostProcess": True}),
    (("containers", 0, "securityContext", "privileged"), True),
    (("containers", 0, "securityContext", "allowPrivilegeEscalation"), True),
    (("containers", 0, "securityContext", "capabilities"), {"drop": ["NET_RAW"]}),
    (("containers", 0, "securityContext", "capabilities"), {"drop": ["ALL"], "add": ["CHOWN"]}),
    (("containers", 0, "securityContext", "runAsUser"), 0),
    (("containers", 0, "securityContext", "runAsNonRoot"), False),
    (("containers", 0, "securityContext", "procMount"), "Unmasked"),
    (("containers", 0, "securityContext", "seccompProfile"), {"type": "Unconfined"}),
    (("containers", 0, "securityContext"), {}),
    (("containers", 0, "ports"), [{"containerPort": 1, "hostPort": 1}]),
    (("containers", 0, "livenessProbe"), {"httpGet": {"host": "example.org", "port": 80}}),
    (("initContainers",), [{"name": "b"}]),
]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_restricted(overlay: str, overlays: Overlays) -> None:
    pods = workloads(overlays[overlay])
    assert len(pods) >= 19
    wrong = {pod.name: found for pod in pods if (found := violations(pod.spec))}
    assert wrong == {}


def test_a_plain_process_is_admitted() -> None:
    assert violations(GOOD) == []


@pytest.mark.parametrize(("path", "value"), FAULTS, ids=lambda part: str(part)[:60])
def test_each_field_of_the_standard_is_looked_at(
    path: tuple[str | int, ...], value: object
) -> None:
    spec = copy.deepcopy(GOOD)
    place: Any = spec
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert violations(spec), f"{path} = {value} was let through"


def test_the_namespace_refuses_what_is_not_restricted(overlays: Overlays) -> None:
    for name, objects in overlays.items():
        (namespace,) = of_kind(objects, "Namespace")
        labels = namespace["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted", name
