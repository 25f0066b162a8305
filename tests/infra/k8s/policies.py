"""Which connections an overlay's NetworkPolicies let through, worked out as Kubernetes defines it.

A pod that a policy of a direction selects is closed in that direction but for what those policies
name; a connection needs the caller's leave to go out and the called one's to come in.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from tests.infra.k8s.rendered import Manifest, of_kind, selects

NAMESPACE = "souk"
NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod of a namespace, or (without one) an address."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: str | None = NAMESPACE
    address: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


class Network:
    """The policies of one overlay."""

    def __init__(self, objects: Iterable[Manifest]) -> None:
        self._policies = [found["spec"] for found in of_kind(objects, "NetworkPolicy")]

    def lets(self, caller: End, called: End, port: int, protocol: str = "TCP") -> bool:
        """Whether `caller` can open a connection to `port` of `called`."""
        way = (port, protocol)
        return self._passes("Egress", caller, called, called, way) and self._passes(
            "Ingress", called, caller, called, way
        )

    def _passes(
        self, direction: str, own: End, peer: End, called: End, way: tuple[int, str]
    ) -> bool:
        if own.namespace != NAMESPACE:
            return True
        closing = [policy for policy in self._policies if _closes(policy, direction, own)]
        rules = (rule for policy in closing for rule in policy.get(direction.lower()) or ())
        return not closing or any(_allows(rule, direction, peer, called, way) for rule in rules)


def _closes(policy: Mapping[str, Any], direction: str, own: End) -> bool:
    types = policy.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in policy else [])]
    return direction in types and selects(policy["podSelector"], own.labels)


def _allows(
    rule: Mapping[str, Any], direction: str, peer: End, called: End, way: tuple[int, str]
) -> bool:
    peers: Sequence[Mapping[str, Any]] = rule.get("from" if direction == "Ingress" else "to") or ()
    ports: Sequence[Mapping[str, Any]] = rule.get("ports") or ()
    return (not peers or any(_names(one, peer) for one in peers)) and (
        not ports or any(_opens(one, called, way) for one in ports)
    )


def _names(peer: Mapping[str, Any], end: End) -> bool:
    if "ipBlock" in peer:
        return end.address is not None and _inside(peer["ipBlock"], end.address)
    if end.namespace is None:
        return False
    namespaces = peer.get("namespaceSelector")
    if namespaces is None:
        if end.namespace != NAMESPACE:
            return False
    elif not selects(namespaces, {NAMESPACE_LABEL: end.namespace}):
        return False
    return "podSelector" not in peer or selects(peer["podSelector"], end.labels)


def _inside(block: Mapping[str, Any], address: str) -> bool:
    found = ip_address(address)
    return found in ip_network(block["cidr"]) and not any(
        found in ip_network(left_out) for left_out in block.get("except", ())
    )


def _opens(port: Mapping[str, Any], called: End, way: tuple[int, str]) -> bool:
    number, protocol = way
    if port.get("protocol", "TCP") != protocol:
        return False
    wanted = port.get("port")
    if isinstance(wanted, str):
        wanted = called.ports.get(wanted)
    last = port.get("endPort", wanted)
    return "port" not in port or (wanted is not None and wanted <= number <= last)


def open_edges(
    network: Network, ends: Sequence[End], ports: Iterable[int]
) -> Iterator[tuple[str, str, int]]:
    """Every connection between two of these that would go through."""
    for caller in ends:
        for called in ends:
            for port in ports:
                if caller is not called and network.lets(caller, called, port):
                    yield (caller.name, called.name, port)
