"""Calls to the provider: time limits, the same key again, and outcomes that come twice."""

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID

from payments.application.carry_out import Impossible, Unanswered, carry_out, retry_delay
from payments.application.record_outcomes import record_outcomes
from payments.domain.money import Money
from payments.domain.operation import Approved, Declined, Kind, Reply, Stage
from payments.domain.ports import Claimed, Origin, ProviderUnavailable
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.saga import Saga
from services.payments.tests.scripted_provider import ScriptedProvider

YES = Approved("ch_1")
LEASE = timedelta(seconds=1)


class HangingProvider(ScriptedProvider):
    async def authorise(self, key: UUID, token: str, amount: Money) -> Reply:
        await asyncio.sleep(30)
        raise AssertionError


async def claim_one(uow: FakePaymentsUnitOfWork) -> Claimed:
    async with uow:
        (claimed,) = await uow.operations.claim(Kind, 1, LEASE)
        await uow.commit()
    return claimed


async def test_a_call_over_its_time_limit_is_asked_again_with_the_same_key(
    uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    claimed = await claim_one(uow)
    limit = timedelta(milliseconds=5)
    outcome = await carry_out(claimed, HangingProvider(), time_limit=limit)
    assert isinstance(outcome, Unanswered)
    await record_outcomes([outcome], uow, lambda origin: nullcontext())
    assert uow.told == []
    provider = ScriptedProvider(YES)
    await work_off(provider)
    assert provider.calls[0][1] == claimed.operation.id
    assert uow.told == ["payment_authorised"]


async def test_an_outcome_that_somebody_else_recorded_first_is_passed_over(
    uow: FakePaymentsUnitOfWork, authorise: Authorise
) -> None:
    await authorise()
    claimed = await claim_one(uow)
    outcome = await carry_out(claimed, ScriptedProvider(YES), time_limit=LEASE)
    await record_outcomes([outcome, outcome], uow, lambda origin: nullcontext())
    await record_outcomes([outcome], uow, lambda origin: nullcontext())
    assert uow.told == ["payment_authorised"]
    assert len(uow.books.postings) == 1


async def test_each_outcome_is_recorded_in_the_conversation_that_asked_for_it(
    uow: FakePaymentsUnitOfWork, authorise: Authorise
) -> None:
    resumed: list[Origin] = []

    def resume(origin: Origin) -> nullcontext[None]:
        resumed.append(origin)
        return nullcontext()

    await authorise()
    outcome = await carry_out(await claim_one(uow), ScriptedProvider(YES), time_limit=LEASE)
    await record_outcomes([outcome], uow, resume)
    assert resumed == [Origin("c", None, None)]


async def test_an_operation_that_the_rules_forbid_by_now_fails_and_says_why(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await saga.capture()
    await saga.refund(5000)
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider(YES))
    outcome = await carry_out(await claim_one(uow), ScriptedProvider(), time_limit=LEASE)
    assert isinstance(outcome, Impossible)
    await record_outcomes([outcome], uow, lambda origin: nullcontext())
    last = list(uow.books.queue.values())[-1]
    assert (last.stage, last.failure) == (Stage.FAILED, "refund_exceeds_captured")


async def test_a_refund_that_the_provider_refuses_is_left_for_staff(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await saga.capture()
    await saga.refund()
    for answer in (YES, YES, Declined("charge_disputed")):
        await work_off(ScriptedProvider(answer))
    last = list(uow.books.queue.values())[-1]
    assert (last.stage, last.failure) == (Stage.FAILED, "charge_disputed")
    assert uow.told == ["payment_authorised", "payment_captured", "refund_failed"]


async def test_the_provider_being_away_changes_nothing_but_the_number_of_attempts(
    uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    for _ in range(3):
        await work_off(ScriptedProvider(ProviderUnavailable("gone")))
    (entry,) = uow.books.queue.values()
    assert (entry.stage, entry.attempts) == (Stage.WAITING, 3)


def test_the_delay_doubles_up_to_half_a_minute() -> None:
    delays = [retry_delay(attempt).total_seconds() for attempt in (1, 2, 3, 9, 100)]
    assert delays == [0.2, 0.4, 0.8, 30, 30]
