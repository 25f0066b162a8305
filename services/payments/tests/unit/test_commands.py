"""The saga's commands against the fakes: whatever order they come in, one effect and an answer."""

from uuid import UUID

import pytest

from payments.application.capture_payment import capture_payment
from payments.application.refund_payment import refund_payment
from payments.application.void_payment import void_payment
from payments.domain.errors import PaymentNotFound
from payments.domain.money import Money
from payments.domain.operation import Approved, Declined, Stage
from payments.domain.payment import Status
from payments.domain.ports import ProviderUnavailable
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork, ScriptedProvider

YES = Approved("ch_1")


async def void(order_id: UUID, uow: FakePaymentsUnitOfWork) -> None:
    async with uow:
        await void_payment(order_id, uow)
        await uow.commit()


async def capture(order_id: UUID, uow: FakePaymentsUnitOfWork) -> None:
    async with uow:
        await capture_payment(order_id, uow)
        await uow.commit()


async def refund(order_id: UUID, uow: FakePaymentsUnitOfWork, amount: Money | None = None) -> None:
    async with uow:
        await refund_payment(order_id, amount, uow)
        await uow.commit()


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
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await void(order_id, uow)
    assert uow.last.data["payment_id"] is None
    await authorise()
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_voided", "payment_declined"]
    assert uow.last.data["reason"] == "voided"


async def test_a_void_before_the_provider_was_asked_withdraws_the_question(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await void(order_id, uow)
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_voided"]
    assert [entry.stage for entry in uow.books.queue.values()] == [Stage.WITHDRAWN]


async def test_a_void_while_the_provider_is_asked_waits_and_then_releases(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(ProviderUnavailable()))
    await void(order_id, uow)
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised", "payment_voided"]
    assert not any(uow.books.balance().values())


async def test_a_void_while_a_decline_is_on_its_way_asks_the_provider_nothing(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(ProviderUnavailable()))
    await void(order_id, uow)
    await work_off(ScriptedProvider(Declined("fraudulent")))
    await work_off(ScriptedProvider())
    assert uow.told == ["payment_declined", "payment_voided"]


async def test_a_void_after_the_authorisation_releases_the_hold_once(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    await void(order_id, uow)
    await void(order_id, uow)
    provider = ScriptedProvider(YES)
    await work_off(provider)
    await work_off(provider)
    assert uow.told == ["payment_authorised", "payment_voided", "payment_voided"]
    assert len(provider.calls) == 1


async def test_a_void_of_a_captured_payment_refunds_it(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    await capture(order_id, uow)
    await void(order_id, uow)
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider(YES))
    assert uow.told == ["payment_authorised", "payment_captured", "payment_refunded"]
    assert uow.books.balance()["provider_receivable"] == 0
    assert uow.only.status is Status.REFUNDED


async def test_a_capture_after_a_void_is_answered_as_voided(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise
) -> None:
    await authorise()
    await void(order_id, uow)
    await capture(order_id, uow)
    assert uow.told == ["payment_voided", "payment_voided"]


async def test_refunds_go_back_in_parts(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise, work_off: WorkOff
) -> None:
    await authorise()
    await capture(order_id, uow)
    await refund(order_id, uow, Money(500, "GBP"))
    await refund(order_id, uow)
    for _ in range(4):
        await work_off(ScriptedProvider(YES))
    assert [e.data["amount"]["amount"] for _, e in uow.published] == [1770, 1770, 500, 1270]
    assert sum(uow.books.balance().values()) == 0


async def test_a_whole_refund_that_comes_first_is_remembered_as_a_void(
    uow: FakePaymentsUnitOfWork, order_id: UUID, authorise: Authorise
) -> None:
    await refund(order_id, uow)
    await authorise()
    assert uow.told == ["payment_voided", "payment_declined"]


async def test_what_makes_no_sense_without_a_payment_is_an_error_of_the_message(
    uow: FakePaymentsUnitOfWork, order_id: UUID
) -> None:
    with pytest.raises(PaymentNotFound):
        await capture(order_id, uow)
    with pytest.raises(PaymentNotFound):
        await refund(order_id, uow, Money(1, "GBP"))
