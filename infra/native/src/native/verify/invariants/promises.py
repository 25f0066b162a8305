"""I8 and I9, from the client log: what callers saw while the shop was being broken.

`judge` hands the calls over one by one; of those without an answer only the key is remembered.
"""

from collections.abc import Hashable

from native.verify.client_log import Call
from native.verify.findings import Findings

LONGEST_SECONDS = 10.0
UNAVAILABLE = frozenset({503, 504})
FORBIDDEN = 403
# What whoever may not is told; how often anybody asks is judged before.
REFUSED = frozenset({401, FORBIDDEN, 404, 429})
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Promises:
    """Judges the calls in the order in which they were written."""

    def __init__(self) -> None:
        self._seen = Findings("I8", "clients saw only answers that a client can work with")
        self._allowed = Findings("I9", "no request was allowed that the rights table forbids")
        self._cut: dict[Hashable, Call] = {}

    def take(self, call: Call) -> None:
        """Takes the next call."""
        self._seen.count("calls")
        if call.elapsed_s > LONGEST_SECONDS:
            self._seen.fault("hung", _name(call), f"{call.elapsed_s:.1f} s")
        if call.status is None:
            self._cut_off(call)
        else:
            self._answered(call, call.status)
        if call.forbidden:
            self._forbidden(call)

    def finish(self) -> tuple[Findings, Findings]:
        """What was cut and never answered is a fault; returns I8 and I9."""
        for call in self._cut.values():
            self._seen.fault("cut for good", _name(call), call.error or "no answer")
        return self._seen, self._allowed

    def _cut_off(self, call: Call) -> None:
        self._seen.count("cut connections")
        if not call.retried_ok:
            self._cut[_retry_of(call)] = call

    def _answered(self, call: Call, status: int) -> None:
        if status < 500:
            self._cut.pop(_retry_of(call), None)
        if status in UNAVAILABLE:
            self._seen.count("503 and 504")
            if not call.retry_after:
                self._seen.fault("no Retry-After", _name(call), f"{status}")
        elif status >= 500:
            self._seen.fault("server error", _name(call), f"{status}")
        elif status == FORBIDDEN and not call.forbidden:
            self._seen.fault("forbidden to one who may", _name(call), f"{status}")
        elif status >= 400 and not (call.forbidden or _is_caused(call, status)):
            self._seen.fault("refused without a cause", _name(call), f"{status}")

    def _forbidden(self, call: Call) -> None:
        self._allowed.count("forbidden calls")
        status = call.status
        if status is None or status >= 500:
            return
        if status < 400:
            self._allowed.fault("allowed", _name(call), f"{status}")
        elif not _is_guarded(call, status):
            self._allowed.fault("let past the guard", _name(call), f"{status}")


def _is_guarded(call: Call, status: int) -> bool:
    """Whether a refusal is the guard's: any other looked at the request before the rights."""
    return status in REFUSED or status in (call.causes or ())


def _is_caused(call: Call, status: int) -> bool:
    return call.causes is None or status in call.causes


def _retry_of(call: Call) -> Hashable:
    """What a retry has in common with its first attempt."""
    if call.idempotency_key is not None or call.method not in REPEATABLE:
        return call.caller, call.operation, call.idempotency_key
    return call.caller, call.method, call.path


def _name(call: Call) -> str:
    key = f" key {call.idempotency_key}" if call.idempotency_key else ""
    return f"{call.method} {call.path}{key} by {call.caller or 'a stranger'}"
