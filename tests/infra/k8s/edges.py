"""Who calls whom: the edges that exist, each with its reason, and nothing besides.

`test_edges.py` compares them with what the NetworkPolicies let through, and with the list in
`native/console/edges.py`, to which the traces and sockets of a running shop are held.
"""

from collections.abc import Iterable, Mapping

from tests.infra.k8s.policies import End
from tests.infra.k8s.rendered import Manifest, Workload, group, workloads

API, EDGE_PORT, SMTP = 8000, 8080, 8082
POSTGRES, REDIS, KAFKA, MONGO = 5432, 6379, 9092, 27017
SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
ENGINES = {"postgres": POSTGRES, "redis": REDIS, "kafka": KAFKA, "mongo": MONGO}

# What a part of a service needs to do its work.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "auth-api": ("postgres", "redis"),
    # It publishes revocations over Redis.
    "auth-worker": ("postgres", "redis", "kafka"),
    "catalog-api": ("mongo", "redis"),
    "catalog-worker": ("mongo", "redis", "kafka"),
    "inventory-api": ("postgres",),
    "inventory-worker": ("postgres", "kafka"),
    # Carts are in Redis.
    "orders-api": ("postgres", "redis"),
    # Its readiness asks Redis too, as the API's does.
    "orders-worker": ("postgres", "redis", "kafka"),
    "payments-api": ("postgres",),
    "payments-worker": ("postgres", "kafka"),
    # Live updates come over Redis from the worker to whom the listener is connected.
    "notifications-api": ("postgres", "redis"),
    "notifications-worker": ("postgres", "redis", "kafka"),
    # Quotas and revocations; the catalogue's events purge its cache.
    "gateway": ("redis", "kafka"),
}
MIGRATED = ("auth", "inventory", "orders", "payments", "notifications")

Edge = tuple[str, str, int]


def inside(objects: Iterable[Manifest]) -> set[Edge]:
    """The edges between pods of the namespace, for an overlay of these objects."""
    found = {(caller, engine, ENGINES[engine]) for caller, to in NEEDS.items() for engine in to}
    found |= {("gateway", f"{service}-api", API) for service in SERVICES}
    # Whoever checks tokens asks auth for its public keys.
    found |= {(f"{service}-api", "auth-api", API) for service in SERVICES if service != "auth"}
    found |= {(f"{service}-migration", "postgres", POSTGRES) for service in MIGRATED}
    names = {pod.name for pod in workloads(objects)}
    if "mailbox" in names:
        # With plain servers, a Job makes the topics, the simulated provider calls the shop, and
        # mails stay in the cluster.
        found |= {("topics", "kafka", KAFKA), ("payments-worker", "gateway", EDGE_PORT)}
        found |= {(f"{sender}-worker", "mailbox", SMTP) for sender in ("auth", "notifications")}
    return found


def ends(objects: list[Manifest]) -> list[End]:
    """Every pod of the namespace: the manifests' own, and those that the operators make."""
    return [*map(_end, workloads(objects)), *_operated(objects)]


def _end(pod: Workload) -> End:
    ports = {
        port["name"]: port["containerPort"]
        for container in pod.containers
        for port in container.get("ports", ())
    }
    return End(pod.name, pod.labels, ports=ports)


def _operated(objects: Iterable[Manifest]) -> Iterable[End]:
    """The pods of the custom resources, with the labels that those give them."""
    label = "souk.example/engine"
    made = {
        ("postgresql.cnpg.io", "Cluster"): {label: "postgres"},
        ("mongodbcommunity.mongodb.com", "MongoDBCommunity"): {label: "mongo"},
        ("kafka.strimzi.io", "Kafka"): {label: "kafka", "strimzi.io/cluster": "kafka"},
    }
    for manifest in objects:
        labels = made.get((group(manifest), manifest["kind"]))
        if labels:
            yield End(labels[label], labels)
