"""Which requests get a line in the log: every bad or slow one, and a share of the others.

The share is taken by the trace's id, so that the lines of one request are kept or left out at
every hop alike. The services' edge asks once a request, and so does the gateway's log.
"""

# What strangers cause as often as they like; the metrics count them all.
_COMMON = frozenset({404, 429})
_ALL = 1 << 32


class AccessSampling:
    """`share` is from 0 to 1, `slow_seconds` the time from which a request is told of."""

    __slots__ = ("_bound", "_hex_bound", "_share", "_slow", "everything")

    def __init__(self, share: float = 1.0, slow_seconds: float = 0.5) -> None:
        self._share = share
        self._slow = slow_seconds
        self._bound = round(share * _ALL)
        self._hex_bound = b"%08x" % min(self._bound, _ALL - 1)
        # False costs a caller one look; it is set while the log tells everything.
        self.everything = share >= 1.0

    def tell_everything(self, everything: bool) -> None:
        """Leaves nothing out for a while, or goes back to the share."""
        self.everything = everything or self._share >= 1.0

    def keeps(self, status: int, seconds: float, trace_id: int) -> bool:
        """Whether a request is told of; its trace's lowest bits are as good as a die."""
        return (
            self.everything
            or (trace_id & 0xFFFFFFFF) < self._bound
            or self._stands_out(status, seconds)
        )

    def keeps_hex(self, status: int, seconds: float, trace_id: bytes) -> bool:
        """The same for a trace id in 32 lower-case hexadecimal digits."""
        return (
            self.everything or trace_id[24:] < self._hex_bound or self._stands_out(status, seconds)
        )

    def _stands_out(self, status: int, seconds: float) -> bool:
        """Bad or slow, and not by what strangers cause."""
        bad = (status >= 400 and status not in _COMMON) or status < 200
        return bad or seconds >= self._slow
