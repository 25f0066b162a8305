"""The saga's commands against the fakes: whatever order they come in, one effect and an answer."""

from payments.domain.money import Money
from payments.domain.operation import Approved, Declined, Stage
from payments.domain.ports import ProviderUnavailable
from payments.domain.status import Status
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.saga import Saga
from services.payments.tests.scripted_provider import ScriptedProvider

YES = Approved("ch_1")


async def test_an_approved_payment_is_held_and_told(
    uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    assert uow.told == []
    provider = ScriptedProvider(YES)
    await work_off(provider)
    assert uow.told == ["payment_authorised"]
    assert uow.books.balance() == {"customer_authorisations": 1770, "authorised_sales": -1770}
    (operation_id,) = uow.books.queue
    assert provider.calls == [("authorise", operation_id, "tok_visa", Money(1770, "GBP"))]


async def test_a_declined_payment_posts_nothing(
    uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(Declined("card_declined")))
    assert uow.told == ["payment_declined"]
    assert uow.last.data["reason"] == "card_declined"
    assert uow.books.postings == {}


async def test_a_repeated_authorisation_is_answered_again_and_charged_once(
    uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await authorise()
    provider = ScriptedProvider(YES)
    await work_off(provider)
    await authorise()
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_authorised", "payment_authorised"]
    assert [event.sequence for _, event in uow.published] == [1, 2]
    assert len(provider.calls) == len(uow.books.postings) == 1


async def test_a_card_number_is_declined_and_kept_nowhere(
    uow: FakePaymentsUnitOfWork, authorise: Authorise
) -> None:
    await authorise(token="4242 4242 4242 4242")
    assert uow.last.data["reason"] == "card_number_refused"
    assert uow.books.queue == {}
    assert "4242" not in repr(uow.books) + repr(uow.published)


async def test_a_void_that_comes_first_means_that_nothing_is_ever_charged(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await saga.void()
    assert uow.last.data["payment_id"] is None
    await authorise()
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_voided", "payment_declined"]
    assert uow.last.data["reason"] == "voided"


async def test_a_void_before_the_provider_was_asked_withdraws_the_question(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await saga.void()
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_voided"]
    assert [entry.stage for entry in uow.books.queue.values()] == [Stage.WITHDRAWN]


async def test_a_void_while_the_provider_is_asked_waits_and_then_releases(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(ProviderUnavailable()))
    await saga.void()
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised", "payment_voided"]
    assert not any(uow.books.balance().values())


async def test_a_void_while_a_decline_is_on_its_way_asks_the_provider_nothing(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(ProviderUnavailable()))
    await saga.void()
    await work_off(ScriptedProvider(Declined("fraudulent")))
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_declined", "payment_voided"]


async def test_a_void_after_the_authorisation_releases_the_hold_once(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    await saga.void()
    await saga.void()
    provider = ScriptedProvider(YES)
    await work_off(provider)
    await work_off(provider)
    assert uow.told == ["payment_authorised", "payment_voided", "payment_voided"]
    assert len(provider.calls) == 1


async def test_a_void_of_a_captured_payment_refunds_it(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    await saga.capture()
    await saga.void()
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised", "payment_captured", "payment_refunded"]
    assert uow.books.balance()["provider_receivable"] == 0
    assert uow.only.status is Status.REFUNDED


async def test_a_void_that_is_asked_for_again_tells_of_no_second_refund(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    """The saga asks again if the provider takes its time, and each refund is worth a mail."""
    await authorise()
    await work_off(ScriptedProvider(YES))
    await saga.capture()
    await saga.void()
    await saga.void()
    for _ in range(3):
        await work_off(ScriptedProvider(YES))
    await saga.void()
    told = ["payment_authorised", "payment_captured", "payment_refunded"]
    assert uow.told == [*told, "payment_voided", "payment_voided"]


async def test_a_capture_after_a_void_is_refused_visibly(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise
) -> None:
    await authorise()
    await saga.void()
    await saga.capture()
    assert uow.told == ["payment_voided", "capture_failed"]
    assert uow.last.data["reason"] == "not_capturable"


async def test_refunds_go_back_in_parts(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await saga.capture()
    await saga.refund(500)
    await saga.refund()
    for _ in range(4):
        await work_off(ScriptedProvider(YES))
    assert [e.data["amount"]["amount"] for _, e in uow.published] == [1770, 1770, 500, 1270]
    assert sum(uow.books.balance().values()) == 0


async def test_a_whole_refund_that_comes_first_is_remembered_as_a_void(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise
) -> None:
    await saga.refund()
    await authorise()
    assert uow.told == ["payment_voided", "payment_declined"]


async def test_what_makes_no_sense_without_a_payment_is_answered_as_failed(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise
) -> None:
    await saga.capture()
    await saga.refund(1)
    assert uow.told == ["capture_failed", "refund_failed"]
    assert [event.data["payment_id"] for _, event in uow.published] == [None, None]
    await authorise()
    assert uow.last.data["reason"] == "voided"


async def test_an_order_that_costs_nothing_is_as_good_as_paid_without_the_provider(
    uow: FakePaymentsUnitOfWork, saga: Saga, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise(pence=0)
    await authorise(pence=0)
    await saga.capture()
    await work_off(ScriptedProvider())
    await saga.void()
    await work_off(ScriptedProvider())
    told = ["payment_authorised", "payment_authorised", "payment_captured", "payment_voided"]
    assert uow.told == told
    assert not any(uow.books.balance().values())
