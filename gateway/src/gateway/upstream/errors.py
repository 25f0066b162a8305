"""What can go wrong between the gateway and a service, one named error each.

The pool raises them, `edge/forwarder.py` turns each into a 502 or 503 problem, and
`edge/transfer.py` retries the one that is safe to retry.
"""


class UpstreamError(Exception):
    """The service gave no usable answer."""


class Unreachable(UpstreamError):
    """No connection could be made: refused, unroutable, or too slow to accept."""


class Overloaded(UpstreamError):
    """Every connection of the replica is busy and the line in front of them is full."""


class CircuitOpen(UpstreamError):
    """The service failed too often just now; `seconds` is when to ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("it is given a rest")
        self.seconds = seconds


class ClosedBeforeAnswer(UpstreamError):
    """The connection ended before the first byte of an answer; perhaps nobody read the request."""


class TornAnswer(UpstreamError):
    """The connection ended in the middle of an answer."""


class MalformedAnswer(UpstreamError):
    """What the service sent is not the HTTP/1.1 that was asked for (RFC 9112)."""
