"""The limiter that the forwarder asks: shared while Redis is there, in process while it is not.

While Redis is away the classes in which passwords are tried are closed, and the rest is counted in
each process for itself; `docs/adr/0012-gateway-hot-path.md` says why. A Redis that is slow is away
for the rest only: nobody waits for a count who can do without it.
"""

from gateway.limits.local_limiter import LocalLimiter
from gateway.limits.policy import Policy
from gateway.limits.redis_limiter import Counted, RedisLimiter


class Limiter:
    """See the module. `filled` is in microseconds: of the window, or minus the time to wait."""

    def __init__(self, shared: RedisLimiter, patient: RedisLimiter, local: LocalLimiter) -> None:
        self._shared = shared
        self._patient = patient
        self._local = local

    def ask(self, policy: Policy, key: str, counted: Counted) -> None:
        """Count one request and tell `counted` what is filled, or None when nobody could say."""
        counter = self._patient if policy.closed_without_redis else self._shared
        if counter.up:
            counter.ask(policy, key, counted)
        else:
            counted(None)

    def alone(self, policy: Policy, key: str) -> int | None:
        """What is filled by the count in process; None for a class that is closed then."""
        return None if policy.closed_without_redis else self._local.take(policy, key)


class Unlimited:
    """Lets everything pass, for measurements of what the limiter costs."""

    def ask(self, policy: Policy, _key: str, counted: Counted) -> None:
        """As if this were the first request of the window."""
        counted(policy.interval_us)

    def alone(self, _policy: Policy, _key: str) -> int | None:
        """Never asked, since there is always an answer."""
        return None


def limit_fields(policy: Policy, filled: int) -> list[tuple[bytes, bytes]]:
    """`RateLimit-Policy`, `RateLimit` and, when nothing is left, `Retry-After`.

    As draft-ietf-httpapi-ratelimit-headers-10 has them: r requests are left, and t seconds pass
    until the whole quota is there again (or, when refused, until one request is).
    """
    if filled >= 0:
        left = (policy.window_us - filled) // policy.interval_us
        left = min(left, policy.quota)
        reset = -(-filled // 1_000_000)
        return [
            (b"ratelimit-policy", policy.field),
            (b"ratelimit", b"%b;r=%d;t=%d" % (policy.left, left, reset)),
        ]
    wait = b"%d" % max(1, -(filled // 1_000_000))
    return [
        (b"ratelimit-policy", policy.field),
        (b"ratelimit", b"%b;r=0;t=%b" % (policy.left, wait)),
        (b"retry-after", wait),
    ]
