"""Which service a path belongs to, and which paths are not let through at all.

The table is the whole public surface: what is not in it is 404, so a service's `/metrics` or
`/health` can never be reached from outside. Called once a request by the forwarder.
"""

import re
from collections.abc import Mapping

from gateway.edge.problems import BAD_PATH, NOT_FOUND, Refusal
from gateway.upstream.cluster import Cluster

ROUTES: Mapping[bytes, str] = {
    b"/oauth": "auth",
    b"/account": "auth",
    b"/.well-known": "auth",
    b"/v1/users": "auth",
    b"/v1/audit-entries": "auth",
    b"/v1/clients": "auth",
    b"/v1/signing-key-rotations": "auth",
    b"/v1/products": "catalog",
    b"/v2/products": "catalog",
    b"/v1/categories": "catalog",
    b"/v1/product-batches": "catalog",
    b"/v1/picture-uploads": "catalog",
    b"/v1/media-uploads": "catalog",
    b"/v1/media": "catalog",
    b"/v1/stock": "inventory",
    b"/v1/stock-adjustments": "inventory",
    b"/v1/carts": "orders",
    b"/v1/orders": "orders",
    b"/v1/prices": "orders",
    b"/v1/promotions": "orders",
    b"/v1/payments": "payments",
    b"/v1/ledger": "payments",
    b"/v1/messages": "notifications",
    b"/v1/notification-preferences": "notifications",
    b"/v1/webhooks": "notifications",
    b"/v1/order-updates": "notifications",
    b"/console": "console",
}
# The page of whoever runs the shop; no part of its API, and not there in every installation.
UNDOCUMENTED = frozenset({"console"})

# Empty and dotted segments, encoded slashes, dots and control characters, broken percent signs,
# and everything that is not visible ASCII: two servers might not read these alike.
_TRICK = re.compile(
    rb"//|/\.{1,2}(?:/|$)|[^!-~]|[\\#;]|%(?:[01][0-9A-Fa-f]|2[EeFf]|5[Cc]|7[Ff])|%(?![0-9A-Fa-f]{2})"
)
# What most paths are made of. It holds no trick, and is told by a glance.
_PLAIN = re.compile(rb"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_QUERY_TRICK = re.compile(rb"[^!-~]|#")


def prefix_of(path: bytes) -> bytes:
    """The part of a path that the table knows: two segments under a version, else one."""
    end = path.find(b"/", 4 if path.startswith((b"/v1/", b"/v2/")) else 1)
    return path if end < 0 else path[:end]


class Router:
    """The table with the clusters that it leads to."""

    def __init__(self, clusters: Mapping[str, Cluster]) -> None:
        self._clusters = {
            prefix: clusters[name] for prefix, name in ROUTES.items() if name in clusters
        }

    def find(self, path: bytes, query: bytes) -> Cluster:
        """The cluster for a raw path; raises Refusal: 400 for tricks, 404 for the unknown."""
        if not _PLAIN.fullmatch(path) and _TRICK.search(path):
            raise Refusal(BAD_PATH)
        if query and _QUERY_TRICK.search(query):
            raise Refusal(BAD_PATH)
        cluster = self._clusters.get(prefix_of(path))
        if cluster is None:
            raise Refusal(NOT_FOUND)
        return cluster
