"""Who asks, and whether now: the token check and the rate limit of one request.

The caller's token is the first filter; without one the request goes on as anonymous and the
service decides. Called by the forwarder before anything of the body is read.
"""

from typing import Protocol

from chassis.claims import InvalidToken
from chassis.jwks import JWKS_PROBLEMS, KeysUnavailable
from gateway.edge.exchange import Exchange
from gateway.edge.problems import INVALID_TOKEN, LIMITER_AWAY, TOO_MANY, Refusal
from gateway.identity.callers import Caller, Callers, anonymous
from gateway.limits.limiter import limit_fields
from gateway.limits.policy import Policy, PolicyTable
from gateway.limits.redis_limiter import LimiterAway

MOST_ADDRESSES = 4096


class Counter(Protocol):
    """What the limiters do: see `limits.limiter.Limiter.take`."""

    async def take(self, policy: Policy, key: str) -> int:
        """Microseconds that the window is filled with, or minus the time to wait."""


class Admission:
    """See the module."""

    def __init__(self, callers: Callers, policies: PolicyTable, counter: Counter) -> None:
        self._callers = callers
        self._policies = policies
        self._counter = counter
        self._anonymous: dict[str, Caller] = {}

    async def admit(self, exchange: Exchange, authorization: bytes | None) -> None:
        """Note the caller and count the request; raises Refusal with 401, 429 or 503."""
        refusal = None
        caller = self._callers.known(authorization) if authorization is not None else None
        if caller is None:
            caller, refusal = await self._identify(exchange, authorization)
        exchange.caller = caller
        scope = exchange.scope
        policy = self._policies.find(scope["method"], scope["path"], caller.kind)
        try:
            filled = await self._counter.take(policy, policy.key_prefix + caller.key)
        except LimiterAway as error:
            raise Refusal(LIMITER_AWAY, "Please try again shortly.") from error
        exchange.limit_fields = limit_fields(policy, filled)
        if filled < 0:
            raise Refusal(TOO_MANY, f"{policy.quota} requests in {policy.window} s are allowed.")
        if refusal is not None:
            raise refusal

    async def _identify(
        self, exchange: Exchange, authorization: bytes | None
    ) -> tuple[Caller, Refusal | None]:
        """Who asks; a bad token is refused after it was counted for its address.

        Otherwise refuse could be tried without end. Raises Refusal when keys cannot be had.
        """
        if authorization is None:
            return self._nobody(exchange), None
        try:
            caller = await self._callers.verify(authorization)
        except InvalidToken as error:
            return self._nobody(exchange), Refusal(INVALID_TOKEN, str(error))
        except KeysUnavailable as error:
            raise Refusal(JWKS_PROBLEMS[KeysUnavailable], str(error)) from error
        return caller or self._nobody(exchange), None

    def _nobody(self, exchange: Exchange) -> Caller:
        client = exchange.scope["client"]
        address = client[0] if client else "unknown"
        caller = self._anonymous.get(address)
        if caller is None:
            if len(self._anonymous) >= MOST_ADDRESSES:
                self._anonymous.clear()
            caller = self._anonymous[address] = anonymous(address)
        return caller
