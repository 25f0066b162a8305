"""Who asks, and whether now: the token check and the rate limit of one request.

The caller's token is the first filter; without one the request goes on as anonymous and the
service decides. Called by the forwarder before anything of the body is read.
"""

import asyncio
from functools import partial
from typing import Protocol

from chassis.claims import InvalidToken
from chassis.jwks import JWKS_PROBLEMS, KeysUnavailable
from gateway.edge.exchange import Exchange
from gateway.edge.problems import INVALID_TOKEN, LIMITER_AWAY, TOO_MANY, Refusal
from gateway.identity.callers import Caller, Callers, anonymous
from gateway.limits.limiter import limit_fields
from gateway.limits.policy import Policy, PolicyTable
from gateway.limits.redis_limiter import Counted

MOST_ADDRESSES = 4096


class Counter(Protocol):
    """What the limiters do: see `limits.limiter.Limiter.ask`."""

    def ask(self, policy: Policy, key: str, counted: Counted) -> None:
        """Count one request; `counted` gets what is filled, or None when nobody can say."""

    def alone(self, policy: Policy, key: str) -> int | None:
        """What is filled by the count in process; None when nobody may pass without the shared."""


class Admission:
    """See the module."""

    def __init__(self, callers: Callers, policies: PolicyTable, counter: Counter) -> None:
        self._callers = callers
        self._policies = policies
        self._counter = counter
        self._anonymous: dict[str, Caller] = {}

    async def admit(self, exchange: Exchange, authorization: bytes | None) -> None:
        """Note the caller and count the request; raises Refusal with 401, 429 or 503."""
        if not self.recognise(exchange, authorization):
            assert authorization is not None
            exchange.caller, exchange.refusal = await self._identify(exchange, authorization)
        filled: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self.count(exchange, partial(_settle, filled))
        self.judge(exchange, await filled)

    def recognise(self, exchange: Exchange, authorization: bytes | None) -> bool:
        """Note the caller if that takes no waiting; says whether it does not.

        Raises Refusal when keys cannot be had.
        """
        if authorization is None:
            exchange.caller = self._nobody(exchange)
            return True
        exchange.caller = self._callers.known(authorization)
        if exchange.caller is not None:
            return True
        # Verifying waits only while the issuer is asked for its keys, so it seldom needs a task.
        identifying = self._identify(exchange, authorization)
        try:
            identifying.send(None)
        except StopIteration as done:
            exchange.caller, exchange.refusal = done.value
            return True
        identifying.close()
        return False

    def count(self, exchange: Exchange, counted: Counted) -> None:
        """Count a request whose caller is known; the answer is for `judge`."""
        scope, caller = exchange.scope, exchange.caller
        assert caller is not None
        policy = self._policies.find(scope["method"], scope["path"], caller.kind)
        exchange.policy = policy
        self._counter.ask(policy, self._key(exchange, policy, caller), counted)

    def judge(self, exchange: Exchange, filled: int | None) -> None:
        """Note what the client is told of its quota; raises Refusal with 401, 429 or 503."""
        policy, caller = exchange.policy, exchange.caller
        assert policy is not None
        if filled is None:
            assert caller is not None
            filled = self._counter.alone(policy, self._key(exchange, policy, caller))
        if filled is None:
            raise Refusal(LIMITER_AWAY, "Please try again shortly.")
        exchange.limit_fields = limit_fields(policy, filled)
        if filled < 0:
            raise Refusal(TOO_MANY, f"{policy.quota} requests in {policy.window} s are allowed.")
        if exchange.refusal is not None:
            raise exchange.refusal

    def _key(self, exchange: Exchange, policy: Policy, caller: Caller) -> str:
        """Under what a request counts."""
        counts = self._nobody(exchange) if policy.by_address else caller
        return policy.key_prefix + counts.key

    async def _identify(
        self, exchange: Exchange, authorization: bytes
    ) -> tuple[Caller, Refusal | None]:
        """Who asks; a bad token is refused after it was counted for its address.

        Otherwise refuse could be tried without end. Raises Refusal when keys cannot be had.
        """
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


def _settle(future: asyncio.Future[int | None], filled: int | None) -> None:
    if not future.done():
        future.set_result(filled)
