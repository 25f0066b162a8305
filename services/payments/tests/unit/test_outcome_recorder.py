"""What the recorder says aloud: nobody else hears of a void that the provider refused."""

import asyncio

import pytest
from structlog.testing import capture_logs

from payments.application.carry_out import Answered, Outcome
from payments.consumers.outcome_recorder import OutcomeRecorder
from payments.domain.operation import Approved, Call, Declined, Kind
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.saga import Saga
from services.payments.tests.scripted_provider import ScriptedProvider
from services.payments.tests.unit.test_carrying_out import claim_one

YES = Approved("ch_1")


async def recorded(uow: FakePaymentsUnitOfWork, *outcomes: Outcome) -> None:
    recorder = OutcomeRecorder("desk", lambda: uow, asyncio.Event())
    running = asyncio.create_task(recorder.run())
    for outcome in outcomes:
        recorder.put(outcome)
    await recorder.finish()
    await running


@pytest.mark.parametrize(("answer", "errors"), [(Declined("disputed"), ["disputed"]), (YES, [])])
async def test_a_compensation_that_the_provider_refuses_is_an_error_that_staff_finds(
    uow: FakePaymentsUnitOfWork,
    saga: Saga,
    authorise: Authorise,
    work_off: WorkOff,
    answer: Approved | Declined,
    errors: list[str],
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    await saga.void()
    claimed = await claim_one(uow)
    call = Call(Kind.VOID, uow.only.held)
    with capture_logs() as lines:
        await recorded(uow, Answered(claimed, call, answer))
    told = [line for line in lines if line["log_level"] == "error"]
    assert [line["reason"] for line in told] == errors
    assert {line["operation"] for line in told} <= {str(claimed.operation.id)}


async def test_a_declined_card_is_no_error(
    uow: FakePaymentsUnitOfWork, authorise: Authorise
) -> None:
    await authorise()
    claimed = await claim_one(uow)
    call = Call(Kind.AUTHORISE, uow.only.due)
    with capture_logs() as lines:
        await recorded(uow, Answered(claimed, call, Declined("card_declined")))
    assert lines == []
