"""Who talks to whom, as data: what one order's trace shows, and the connections beside it.

`tests/e2e/test_trace_of_an_order.py` holds a running shop against it in both directions, and the
NetworkPolicies of infra/k8s are compared with it, so that none is missing and none left over.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["http", "publish", "consume", "smtp", "store", "keys"]
KAFKA, MAILBOX = "kafka", "mailbox"


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`source` opens the connection to `target`; over Kafka, `what` is the topic.

    To take messages in, a service connects to Kafka as well: `connects` is the edge of the network.
    """

    source: str
    target: str
    kind: Kind
    what: str = ""

    @property
    def connects(self) -> tuple[str, str]:
        """Who opens a connection to whom."""
        return (self.target, self.source) if self.kind == "consume" else (self.source, self.target)


def _over_kafka(publisher: str, topic: str, *consumers: str) -> frozenset[Edge]:
    takers = {Edge(KAFKA, consumer, "consume", topic) for consumer in consumers}
    return frozenset({Edge(publisher, KAFKA, "publish", topic), *takers})


# One order that is placed and confirmed, from the gateway to the e-mail.
OF_AN_ORDER: frozenset[Edge] = frozenset(
    {
        Edge("gateway", "orders", "http"),
        Edge("notifications", MAILBOX, "smtp"),
        *_over_kafka("orders", "inventory.commands", "inventory"),
        *_over_kafka("inventory", "inventory.events", "orders"),
        *_over_kafka("orders", "payments.commands", "payments"),
        *_over_kafka("payments", "payments.events", "orders", "notifications"),
        *_over_kafka("orders", "orders.events", "notifications"),
        *_over_kafka("notifications", "notifications.events", "orders"),
    }
)

_WITH_POSTGRES = ("auth", "inventory", "orders", "payments", "notifications")
_WITH_REDIS = ("gateway", "auth", "catalog", "orders", "notifications")
_WITH_KAFKA = ("gateway", "auth", "catalog", "inventory", "orders", "payments", "notifications")
_VERIFYING = ("gateway", "catalog", "inventory", "orders", "payments", "notifications")
_FORWARDED_TO = ("auth", "catalog", "inventory", "orders", "payments", "notifications")

# What no order's trace shows, and the shop needs all the same.
BESIDE: frozenset[Edge] = frozenset(
    {
        *(Edge("gateway", service, "http") for service in _FORWARDED_TO),
        *(Edge(service, "postgres", "store") for service in _WITH_POSTGRES),
        *(Edge(service, "redis", "store") for service in _WITH_REDIS),
        *(Edge(service, "auth", "keys") for service in _VERIFYING),
        *(Edge(service, KAFKA, "store") for service in _WITH_KAFKA),
        Edge("catalog", "mongo", "store"),
        Edge("auth", MAILBOX, "smtp"),
    }
)


# The simulated provider lives in payments, and reports to the shop as a real one does.
SIMULATED = frozenset({Edge("payments", "gateway", "http")})


def connections() -> frozenset[tuple[str, str]]:
    """Every (from, to) that the network has to allow inside the shop, and no more.

    Beside these, notifications delivers webhooks and payments asks its provider, both outside.
    """
    return frozenset(edge.connects for edge in OF_AN_ORDER | BESIDE)
