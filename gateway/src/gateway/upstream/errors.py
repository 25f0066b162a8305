"""What can go wrong between the gateway and a service, one named error each.

The pool raises them, `edge/outcomes.py` turns each into a 502, 503 or 504 problem, and the
forwarder retries the one that is safe to retry.
"""


class UpstreamError(Exception):
    """The service gave no usable answer."""


class Unreachable(UpstreamError):
    """No connection could be made: refused, unroutable, or too slow to accept."""


class Overloaded(UpstreamError):
    """Every connection of the replica is busy and the line in front of them is full."""


class ClosedBeforeAnswer(UpstreamError):
    """The connection ended before the first byte of an answer; perhaps nobody read the request."""


class TornAnswer(UpstreamError):
    """The connection ended in the middle of an answer."""


class MalformedAnswer(UpstreamError):
    """What the service sent is not the HTTP/1.1 that was asked for (RFC 9112)."""
