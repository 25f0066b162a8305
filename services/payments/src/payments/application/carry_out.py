"""Carry one operation out: ask the provider, outside any transaction, within a time limit.

The provider desk calls it for every operation that it claimed, many at once. The operation's id
is the idempotency key, so asking again after a time-out never does a thing twice.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from chassis import failpoints
from payments.domain.errors import PaymentError
from payments.domain.operation import Answer, Call, Kind
from payments.domain.ports import Claimed, PaymentProvider, ProviderUnavailable

_FIRST_DELAY = timedelta(milliseconds=200)
_LONGEST_DELAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Answered:
    """The provider said yes or no."""

    claimed: Claimed
    call: Call
    answer: Answer


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """The payment was already where the operation wanted it; its reply is due again."""

    claimed: Claimed


@dataclass(frozen=True, slots=True)
class Impossible:
    """The payment's rules forbid the operation by now."""

    claimed: Claimed
    reason: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody knows whether it was done; the provider is asked again after the delay."""

    claimed: Claimed
    delay: timedelta


Outcome = Answered | NothingToDo | Impossible | Unanswered


async def carry_out(
    claimed: Claimed, provider: PaymentProvider, *, time_limit: timedelta
) -> Outcome:
    """Ask the provider what the operation still needs; never raises for what a provider does."""
    try:
        call = claimed.payment.next_call(claimed.operation)
    except PaymentError as refusal:
        return Impossible(claimed, str(refusal))
    if call is None:
        return NothingToDo(claimed)
    try:
        async with asyncio.timeout(time_limit.total_seconds()):
            await failpoints.hit("provider.before_call")
            answer = await _ask(claimed, call, provider)
            await failpoints.hit("provider.after_call")
            return Answered(claimed, call, answer)
    except (TimeoutError, ProviderUnavailable):
        return Unanswered(claimed, retry_delay(claimed.attempts))


def retry_delay(attempts: int) -> timedelta:
    """Doubles from 0.2 s with each attempt, up to 30 s."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(_FIRST_DELAY * doubled, _LONGEST_DELAY)


async def _ask(claimed: Claimed, call: Call, provider: PaymentProvider) -> Answer:
    key = claimed.operation.id
    reference = claimed.payment.reference or ""
    match call.kind:
        case Kind.AUTHORISE:
            token = claimed.operation.payment_token or ""
            return await provider.authorise(key, token, call.amount)
        case Kind.CAPTURE:
            return await provider.capture(key, reference, call.amount)
        case Kind.VOID:
            return await provider.void(key, reference)
        case Kind.REFUND:
            return await provider.refund(key, reference, call.amount)
