"""What is a cloud's own, and the way in: each end meets its other, in every overlay that has it.

A storage class, a load balancer and an identity for each cloud; a certificate for the very names
that are listened to; a backend that is there; pods spread over zones and machines.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from native.place import CHECKOUT
from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.rendered import OVERLAYS, Manifest, of_kind, workloads

# Overlay: what makes its disks, and the key by which its store of secrets is known.
CLOUDS = {
    "staging": ("ebs.csi.aws.com", "aws"),
    "production": ("ebs.csi.aws.com", "aws"),
    "production-gke": ("pd.csi.storage.gke.io", "gcpsm"),
    "production-aks": ("disk.csi.azure.com", "azurekv"),
}
CLASS = "souk"
IRSA = "eks.amazonaws.com/role-arn"
SPREAD = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]


def one(objects: list[Manifest], kind: str, name: str) -> Any:
    return next((o for o in of_kind(objects, kind) if o["metadata"]["name"] == name), None)


def classes(objects: list[Manifest]) -> Iterator[tuple[str, str]]:
    """The storage class of each volume of a server."""
    for cluster in of_kind(objects, "Cluster"):
        for field in ("storage", "walStorage"):
            yield f"postgres {field}", cluster["spec"][field].get("storageClass", "")
    for pool in of_kind(objects, "KafkaNodePool"):
        for volume in pool["spec"]["storage"]["volumes"]:
            yield "kafka", volume.get("class", "")
    claims = [
        (o["spec"]["statefulSet"]["spec"], "mongo") for o in of_kind(objects, "MongoDBCommunity")
    ]
    claims += [(o["spec"], o["metadata"]["name"]) for o in of_kind(objects, "StatefulSet")]
    for spec, name in claims:
        for claim in spec["volumeClaimTemplates"]:
            yield f"{name} {claim['metadata']['name']}", claim["spec"].get("storageClassName", "")


def of_the_cloud(objects: list[Manifest], disks: str, secrets: str) -> Iterator[str]:
    """What is wrong with storage class, load balancer and identity."""
    storage = one(objects, "StorageClass", CLASS)
    if storage is None or storage["provisioner"] != disks:
        yield f"no storage class of {disks}"
    yield from (
        f"{name} has the class {found!r}" for name, found in classes(objects) if found != CLASS
    )
    gateway = one(objects, "Gateway", "shop")
    proxy = (
        gateway["spec"]
        .get("infrastructure", {})
        .get("parametersRef", {"kind": "EnvoyProxy", "name": ""})
    )
    made = one(objects, proxy["kind"], proxy["name"])
    service = made["spec"]["provider"]["kubernetes"]["envoyService"] if made else {}
    if service.get("type") != "LoadBalancer" or not service.get("annotations"):
        yield "the gateway's proxies have no load balancer"
    store = one(objects, "SecretStore", "souk")
    if store is None or list(store["spec"]["provider"]) != [secrets]:
        yield f"no store of secrets by {secrets}"
        return
    account = re.search(r"'serviceAccountRef': {'name': '([^']+)'}", str(store["spec"]))
    if account and one(objects, "ServiceAccount", account[1]) is None:
        yield f"there is no ServiceAccount {account[1]}"
    for wanted in of_kind(objects, "ExternalSecret"):
        if wanted["spec"]["secretStoreRef"] != {"kind": "SecretStore", "name": "souk"}:
            yield f"{wanted['metadata']['name']} asks another store"


def of_the_way_in(objects: list[Manifest]) -> Iterator[str]:
    """What is wrong between listeners, routes, certificate and the gateway behind them."""
    gateway, certificate = one(objects, "Gateway", "shop"), one(objects, "Certificate", "shop")
    listeners = {each["name"]: each for each in gateway["spec"]["listeners"]}
    for listener in listeners.values():
        for needed in listener.get("tls", {}).get("certificateRefs", ()):
            if needed["name"] != certificate["spec"]["secretName"]:
                yield f"nobody makes {needed['name']}"
        if listener["hostname"] not in certificate["spec"]["dnsNames"]:
            yield f"no certificate for {listener['hostname']}"
    for route in of_kind(objects, "HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            listener = listeners.get(parent["sectionName"], {"hostname": None})
            if route["spec"]["hostnames"] != [listener["hostname"]]:
                yield f"{route['metadata']['name']} is not for {listener['hostname']}"
        for backend in (b for rule in route["spec"]["rules"] for b in rule.get("backendRefs", ())):
            service = one(objects, "Service", backend["name"])
            if service is None or backend["port"] not in {
                p["port"] for p in service["spec"]["ports"]
            }:
                yield f"there is no {backend['name']}:{backend['port']}"


def test_every_overlay_for_a_cloud_is_on_the_list() -> None:
    assert set(CLOUDS) == set(OVERLAYS) - {"local", "kind"}


@pytest.mark.parametrize("overlay", CLOUDS)
def test_each_cloud_has_its_disks_its_load_balancer_and_its_identity(
    overlay: str, overlays: Overlays
) -> None:
    assert list(of_the_cloud(overlays[overlay], *CLOUDS[overlay])) == []


@pytest.mark.parametrize("overlay", CLOUDS)
def test_the_way_in_leads_to_the_gateway_under_a_certificate(
    overlay: str, overlays: Overlays
) -> None:
    assert list(of_the_way_in(overlays[overlay])) == []


Change = Callable[[Any], object]
PLANTED: Mapping[str, tuple[str, str, Change, str]] = {
    "disks of another cloud": (
        "StorageClass",
        "souk",
        lambda o: o.update(provisioner="x"),
        "no storage",
    ),
    "a volume without a class": (
        "StatefulSet",
        "redis",
        lambda o: o["spec"]["volumeClaimTemplates"][0]["spec"].pop("storageClassName"),
        "redis data has the class ''",
    ),
    "no load balancer": (
        "Gateway",
        "shop",
        lambda o: o["spec"].pop("infrastructure"),
        "the gateway's proxies",
    ),
    "another store": (
        "ExternalSecret",
        "orders",
        lambda o: o["spec"]["secretStoreRef"].update(name="x"),
        "orders asks",
    ),
    "a secret that nobody makes": (
        "Certificate",
        "shop",
        lambda o: o["spec"].update(secretName="x"),
        "nobody makes shop-tls",
    ),
    "a name without a certificate": (
        "Certificate",
        "shop",
        lambda o: o["spec"].update(dnsNames=["x"]),
        "no certificate for",
    ),
    "a route for another name": (
        "HTTPRoute",
        "shop",
        lambda o: o["spec"].update(hostnames=["x"]),
        "shop is not for",
    ),
    "a port that nobody listens on": (
        "HTTPRoute",
        "shop",
        lambda o: o["spec"]["rules"][0]["backendRefs"][0].update(port=80),
        "there is no gateway:80",
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_an_end_that_meets_nothing_is_seen(fault: str, overlays: Overlays) -> None:
    kind, name, change, said = PLANTED[fault]
    objects: Any = copy.deepcopy(overlays["production"])
    change(one(objects, kind, name))
    found = [*of_the_cloud(objects, *CLOUDS["production"]), *of_the_way_in(objects)]
    assert any(line.startswith(said) for line in found), found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_pods_of_a_part_are_spread_over_zones_and_machines(
    overlay: str, overlays: Overlays
) -> None:
    spread = 0
    for pod in workloads(overlays[overlay]):
        if pod.kind != "Deployment" or pod.name == "mailbox":
            continue
        rules = pod.spec["topologySpreadConstraints"]
        assert [rule["topologyKey"] for rule in rules] == SPREAD, pod.name
        hard = overlay.startswith("production") and not pod.name.endswith("-worker")
        wanted = "DoNotSchedule" if hard else "ScheduleAnyway"
        assert rules[0]["whenUnsatisfiable"] == wanted, pod.name
        for rule in rules:
            labels = rule["labelSelector"]["matchLabels"]
            assert labels.items() <= pod.labels.items(), pod.name
            assert "app.kubernetes.io/component" in rule["matchLabelKeys"]
        spread += 1
    assert spread == 13


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_on_amazon_roles_come_by_pod_identity_and_nothing_stands_before_them(
    overlay: str, overlays: Overlays
) -> None:
    """Amazon's libraries ask an annotated role first, and infra/aws lets no such role be taken."""
    objects = overlays[overlay]
    accounts = {found["metadata"]["name"]: found for found in of_kind(objects, "ServiceAccount")}
    text = (CHECKOUT / "infra/aws/souk_aws/cluster.py").read_text()
    roles = re.findall(r'_pod_role\("[\w-]+", (\S+), "([\w-]+)"\)', text)
    assert [name for namespace, name in roles if namespace == "NAMESPACE"] == ["catalog"]
    assert ('"external-secrets"', "external-secrets") in roles
    assert "catalog" in accounts
    annotated = [n for n, a in accounts.items() if IRSA in a["metadata"].get("annotations", {})]
    assert annotated == []
    # Without `auth` the operator of External Secrets goes by the role of its own pods.
    assert "auth" not in one(objects, "SecretStore", "souk")["spec"]["provider"]["aws"]
