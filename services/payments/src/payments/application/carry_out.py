"""Carry one operation out: ask the provider, outside any transaction, within a time limit.

The provider desk calls it for every operation that it claimed, many at once. The operation's id
is the idempotency key, so asking again after a time-out never does a thing twice. What the
provider is still processing is asked about again, in case its notification gets lost.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from chassis import failpoints
from payments.domain.errors import PaymentError
from payments.domain.operation import Answer, Approved, Call, Kind, Processing, Reply
from payments.domain.ports import Claimed, PaymentProvider, ProviderUnavailable

_FIRST_DELAY = timedelta(milliseconds=200)
_LONGEST_DELAY = timedelta(seconds=30)
# A notification is quicker, where it comes at all.
_SHORTEST_PROCESSING = timedelta(seconds=5)


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
    """The payment's rules forbid the operation by now; `reason` is the code of the rule."""

    claimed: Claimed
    reason: str


@dataclass(frozen=True, slots=True)
class AnsweredLater:
    """The provider took it, and tells us later; if it does not, we ask after the delay."""

    claimed: Claimed
    reference: str
    delay: timedelta


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody knows whether it was done; the provider is asked again after the delay."""

    claimed: Claimed
    delay: timedelta


Outcome = Answered | NothingToDo | Impossible | AnsweredLater | Unanswered


async def carry_out(
    claimed: Claimed, provider: PaymentProvider, *, time_limit: timedelta
) -> Outcome:
    """Ask the provider what the operation still needs; never raises for what a provider does."""
    try:
        call = claimed.payment.next_call(claimed.operation)
    except PaymentError as refusal:
        return Impossible(claimed, refusal.code)
    if call is None:
        return NothingToDo(claimed)
    try:
        async with asyncio.timeout(time_limit.total_seconds()):
            await failpoints.hit("provider.before_call")
            reply = await _ask(claimed, call, provider)
            await failpoints.hit("provider.after_call")
    except (TimeoutError, ProviderUnavailable):
        return Unanswered(claimed, retry_delay(claimed.attempts))
    if isinstance(reply, Processing):
        delay = max(_SHORTEST_PROCESSING, retry_delay(claimed.attempts))
        return AnsweredLater(claimed, reply.reference, delay)
    return Answered(claimed, call, reply)


def retry_delay(attempts: int) -> timedelta:
    """Doubles from 0.2 s with each attempt, up to 30 s."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(_FIRST_DELAY * doubled, _LONGEST_DELAY)


async def _ask(claimed: Claimed, call: Call, provider: PaymentProvider) -> Reply:
    key = claimed.operation.id
    reference = claimed.payment.reference or ""
    if claimed.operation.reference is not None:
        return await provider.inquire(call.kind, claimed.operation.reference)
    match call.kind:
        case Kind.AUTHORISE:
            token = claimed.operation.payment_token or ""
            return await provider.authorise(key, token, call.amount)
        case Kind.CAPTURE:
            return await provider.capture(key, reference, call.amount, final=call.final)
        case Kind.REFUND:
            return await provider.refund(key, reference, call.amount)
    # Only where there was nothing to hold has the provider never heard of the payment.
    return await provider.void(key, reference) if reference else Approved(reference)
