"""NetworkPolicies open each edge that exists, and no other, in every overlay."""

import copy
import re
from collections.abc import Iterable
from typing import Any

import pytest

from native.console.edges import MAILBOX, connections
from tests.infra.k8s import edges
from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.edges import API, EDGE_PORT, KAFKA, MONGO, POSTGRES, REDIS, SMTP
from tests.infra.k8s.policies import End, Network, open_edges
from tests.infra.k8s.rendered import OVERLAYS, Manifest, of_kind

# Those that something of ours listens on, and a few on which nothing may.
PORTS = (API, EDGE_PORT, SMTP, POSTGRES, REDIS, KAFKA, MONGO, 22, 443, 9090, 9093)
OPERATED = [name for name in OVERLAYS if name not in ("local", "kind")]
PUBLIC, PUBLIC_6 = "203.0.113.7", "2001:db8::7"
PRIVATE = ("10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "127.0.0.1", "fd00::1")


def outside(address: str) -> End:
    return End(address, namespace=None, address=address)


def elsewhere(namespace: str, labels: dict[str, str] | None = None) -> End:
    return End(f"somebody in {namespace}", labels or {}, namespace=namespace)


def among_ours(objects: list[Manifest]) -> set[edges.Edge]:
    return set(open_edges(Network(objects), edges.ends(objects), PORTS))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_open_edges_are_those_that_exist(overlay: str, overlays: Overlays) -> None:
    objects = overlays[overlay]
    assert len(edges.ends(objects)) >= 22
    assert among_ours(objects) == edges.inside(objects)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_edges_are_those_that_a_running_shop_shows(overlay: str, overlays: Overlays) -> None:
    """`tests/e2e/test_trace_of_an_order.py` holds traces and sockets of a shop to that list."""
    among = among_ours(overlays[overlay])
    parts = {(of_service(caller), of_service(called)) for caller, called, _ in among}
    # What makes the topics is no process of the shop, and native's simulated provider
    # answers by the shop's own address as well.
    parts -= {("topics", "kafka"), ("payments", "gateway")}
    wanted = connections()
    if overlay in OPERATED:
        wanted = frozenset(edge for edge in wanted if edge[1] != MAILBOX)
    assert parts == wanted


def of_service(pod: str) -> str:
    return re.sub(r"-(api|worker|migration)$", "", pod)


def named(objects: list[Manifest], name: str) -> Any:
    policies = of_kind(objects, "NetworkPolicy")
    (found,) = [policy for policy in policies if policy["metadata"]["name"] == name]
    return found


@pytest.mark.parametrize("name", ["orders-api", "redis", "gateway", "mail", "topics"])
def test_an_edge_that_no_policy_opens_is_missed(name: str, overlays: Overlays) -> None:
    objects = overlays["local"]
    missing = named(objects, name)
    without = [found for found in objects if found is not missing]
    assert among_ours(without) < edges.inside(objects)


def test_an_edge_too_many_is_seen_when_both_its_sides_are_open(overlays: Overlays) -> None:
    objects = copy.deepcopy(overlays["local"])
    named(objects, "redis")["spec"]["ingress"].append({})
    assert among_ours(objects) == edges.inside(objects), "the callers' own policies still hold"
    named(objects, "inventory-api")["spec"]["egress"].append({})
    more = among_ours(objects) - edges.inside(objects)
    assert ("inventory-api", "redis", REDIS) in more


def test_without_the_default_a_stranger_reaches_what_no_policy_names(overlays: Overlays) -> None:
    objects = overlays["local"]
    default = named(objects, "default-deny")
    new = End("a new pod", {"app": "new"})
    without = Network(found for found in objects if found is not default)
    assert without.lets(elsewhere("default"), new, 80)
    assert not Network(objects).lets(elsewhere("default"), new, 80)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_strangers_reach_nothing(overlay: str, overlays: Overlays) -> None:
    objects = overlays[overlay]
    network = Network(objects)
    # kind's nodes pass on what comes by the gateway's port of a node.
    nodes = (EDGE_PORT, "gateway") if overlay == "kind" else None
    for stranger in (elsewhere("default"), outside(PUBLIC), outside("172.18.0.2")):
        for end in edges.ends(objects):
            for port in PORTS:
                if (port, end.name) == nodes and stranger.address == "172.18.0.2":
                    continue
                assert not network.lets(stranger, end, port), f"{stranger} → {end}:{port}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_all_look_up_names_at_the_clusters_dns_alone(overlay: str, overlays: Overlays) -> None:
    network = Network(overlays[overlay])
    dns = elsewhere("kube-system", {"k8s-app": "kube-dns"})
    for end in edges.ends(overlays[overlay]):
        for protocol in ("UDP", "TCP"):
            assert network.lets(end, dns, 53, protocol), str(end)
        assert not network.lets(end, elsewhere("kube-system"), 53, "UDP")
        assert not network.lets(end, outside("1.1.1.1"), 53, "UDP")


def leaving(objects: list[Manifest], port: int, addresses: Iterable[str]) -> set[str]:
    network = Network(objects)
    targets = [outside(address) for address in addresses]
    ours = [end for end in edges.ends(objects) if end.name not in edges.ENGINES]
    return {e.name for e in ours if any(network.lets(e, to, port) for to in targets)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_named_parts_leave_the_cluster_and_never_for_a_private_address(
    overlay: str, overlays: Overlays
) -> None:
    objects, out = overlays[overlay], {"notifications-worker"}
    mail: set[str] = set()
    if overlay in OPERATED:
        out |= {"payments-worker", "auth-api", "catalog-api", "catalog-worker"}
        mail = {"auth-worker", "notifications-worker"}
    for address in (PUBLIC, PUBLIC_6):
        assert leaving(objects, 443, [address]) == out
        assert leaving(objects, 587, [address]) == mail
        assert leaving(objects, 80, [address]) == set()
    for port in (80, 443, 587):
        assert leaving(objects, port, PRIVATE) == set()


@pytest.mark.parametrize("overlay", OPERATED)
def test_the_proxies_the_collector_prometheus_and_keda_have_their_edges(
    overlay: str, overlays: Overlays
) -> None:
    objects = overlays[overlay]
    network, by_name = Network(objects), {end.name: end for end in edges.ends(objects)}
    assert network.lets(elsewhere("envoy-gateway-system"), by_name["gateway"], EDGE_PORT)
    watchers = elsewhere("observability")
    for name in edges.NEEDS:
        own = EDGE_PORT if name == "gateway" else API
        assert network.lets(by_name[name], watchers, 4318), name
        assert network.lets(watchers, by_name[name], own), name
        assert not network.lets(watchers, by_name[name], POSTGRES), name
        if name != "gateway":
            assert not network.lets(elsewhere("envoy-gateway-system"), by_name[name], API), name
    assert network.lets(elsewhere("cnpg-system"), by_name["postgres"], 8000)
    (kafka,) = (found for found in objects if found["kind"] == "Kafka")
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    peers = str(listener["networkPolicyPeers"])
    assert "keda" in peers and network.lets(elsewhere("keda"), by_name["kafka"], KAFKA)
