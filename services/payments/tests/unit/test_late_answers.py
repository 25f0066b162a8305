"""The provider takes its time: it answers by notification, or when it is asked again."""

from contextlib import nullcontext

from payments.application.carry_out import AnsweredLater, carry_out
from payments.application.record_outcomes import record_outcomes
from payments.domain.operation import Approved, Declined, Kind, Processing, Stage
from payments.domain.ports import Notification
from payments.domain.status import Status
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.saga import Saga
from services.payments.tests.scripted_provider import ScriptedProvider
from services.payments.tests.unit.test_carrying_out import LEASE, claim_one

YES = Approved("ch_1")
LATER = Processing("ch_1")


async def test_a_notification_brings_the_late_answer_once(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(LATER))
    assert uow.told == []
    (key,) = uow.books.queue
    for _ in range(2):
        await saga.hear(Notification("evt_1", key, YES))
    assert uow.told == ["payment_authorised"]
    assert (uow.only.reference, len(uow.books.postings)) == ("ch_1", 1)


async def test_a_lost_notification_is_made_up_for_by_asking_again(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(LATER))
    provider = ScriptedProvider(LATER)
    await work_off(provider)
    assert provider.calls == [("inquire", Kind.AUTHORISE, "ch_1")]
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised"]
    (key,) = uow.books.queue
    await saga.hear(Notification("evt_1", key, YES))
    assert uow.told == ["payment_authorised"]


async def test_a_notification_that_overtakes_the_answer_to_the_call_counts(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise
) -> None:
    await authorise()
    claimed = await claim_one(uow)
    await saga.hear(Notification("evt_1", claimed.operation.id, Declined("card_declined")))
    assert uow.told == ["payment_declined"]
    assert [entry.stage for entry in uow.books.queue.values()] == [Stage.DONE]


async def test_a_token_is_forgotten_as_soon_as_the_provider_has_taken_it(
    uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(LATER))
    (entry,) = uow.books.queue.values()
    assert (entry.operation.payment_token, entry.operation.reference) == (None, "ch_1")


async def test_an_authorisation_that_arrives_after_the_void_is_released(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(LATER))
    await saga.void()
    (key, _) = uow.books.queue
    await saga.hear(Notification("evt_1", key, YES))
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised", "payment_voided"]
    assert not any(uow.books.balance().values())


async def test_what_is_processing_is_not_asked_about_at_once(
    uow: FakePaymentsUnitOfWork, authorise: Authorise
) -> None:
    await authorise()
    outcome = await carry_out(await claim_one(uow), ScriptedProvider(LATER), time_limit=LEASE)
    assert isinstance(outcome, AnsweredLater)
    assert outcome.delay.total_seconds() == 5


async def test_a_hold_that_ended_over_there_is_given_up_here(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    (key,) = uow.books.queue
    await saga.hear(Notification("evt_1", key, hold_ended=True))
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised", "payment_voided"]
    assert uow.only.status is Status.VOIDED
    await saga.hear(Notification("evt_2", key, hold_ended=True))
    assert len(uow.books.queue) == 2


async def test_our_own_void_that_the_provider_tells_us_of_is_told_once(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    (key,) = uow.books.queue
    await saga.void()
    outcome = await carry_out(await claim_one(uow), ScriptedProvider(YES), time_limit=LEASE)
    await saga.hear(Notification("evt_1", key, hold_ended=True))
    await record_outcomes([outcome], uow, lambda origin: nullcontext())
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_authorised", "payment_voided"]
    assert {entry.stage for entry in uow.books.queue.values()} == {Stage.DONE}


async def test_what_payments_does_not_follow_is_remembered_and_does_nothing(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise
) -> None:
    await authorise()
    (key,) = uow.books.queue
    await saga.hear(Notification("evt_1"))
    await saga.hear(Notification("evt_2", saga.order_id, YES))
    await saga.hear(Notification("evt_3", saga.order_id, hold_ended=True))
    await saga.hear(Notification("evt_4", key, hold_ended=True))
    assert uow.told == []
    assert len(uow.books.notifications) == 4
    assert len(uow.books.queue) == 1
