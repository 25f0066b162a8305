"""One request on its way to a service: all that is needed to send it, or to send it again.

`forwarder.py` and `express.py` make one for each request, `transfer.py` carries it.
"""

from typing import Protocol

from gateway.edge.exchange import Exchange
from gateway.edge.uploads import Upload
from gateway.upstream.cluster import Cluster
from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.pool import ANY_REST, ReplicaPool

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
# What a replica says that cannot serve just now.
_ASK_ANOTHER = frozenset({502, 503, 504})
# A connection that rested longer than this may be closing at the other end just now, so a request
# that must not be sent twice does not start on it.
FRESH_SECONDS = 1.0
ONLY_NEW = -1.0


Fields = list[tuple[bytes, bytes]]


class Recorder(Protocol):
    """What takes down an answer as it passes; see `cache.recording`."""

    def head(self, status: int, said: Fields, fields: Fields) -> None:
        """The head of the answer has come; may raise to have the rest of it dropped."""

    def piece(self, body: bytes) -> None:
        """A piece of the body."""

    def whole(self) -> None:
        """It has passed as a whole."""


class Call:
    """`rest` is the age in seconds up to which a kept connection will do for it."""

    __slots__ = (
        "cluster",
        "connection",
        "exchange",
        "idempotent",
        "judged",
        "recording",
        "replica",
        "request",
        "rest",
        "retried",
        "upload",
    )

    def __init__(
        self, exchange: Exchange, cluster: Cluster, request: bytes, upload: Upload | None = None
    ) -> None:
        self.exchange = exchange
        self.cluster = cluster
        self.request = request
        self.upload = upload
        self.idempotent = exchange.scope["method"] in _IDEMPOTENT
        self.rest = ANY_REST if self.idempotent else FRESH_SECONDS
        self.replica: ReplicaPool | None = None
        self.connection: UpstreamConnection | None = None
        self.judged = self.retried = False
        # Whether somebody wants to keep the answer.
        self.recording: Recorder | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent once more without harm, and all of it is still here."""
        return self.idempotent and self.upload is None and not self.retried

    def asks_another(self, status: int) -> bool:
        """Whether another replica is to be asked in place of the one that answered this."""
        return (
            status in _ASK_ANOTHER
            and self.repeatable
            and len(self.cluster.replicas) > 1
            and self.cluster.may_retry()
        )

    def judge(self, status: int) -> None:
        """Let service and replica be judged by an answer, or by its absence (0)."""
        if self.replica is not None and (not self.judged or not status):
            self.judged = True
            self.cluster.answered(self.replica, status)

    def pass_over(self) -> None:
        """Another replica is asked in place of the one that answered."""
        if self.replica is not None:
            self.judged = True
            self.cluster.passed_over(self.replica)

    def end(self) -> None:
        """Give the connection back."""
        replica, connection = self.replica, self.connection
        self.connection = None
        if connection is not None and replica is not None:
            if not self.judged and not connection.complete:
                self.cluster.breaker.gave_up()
                self.judged = True
            replica.release(connection)
