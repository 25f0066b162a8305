"""Captures for each shipment, refunds by their id: one effect each, and the same answer again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import uuid7
from payments.domain.ledger import Account, Posting
from payments.domain.money import Money
from payments.domain.operation import Approved, Declined, Kind, Operation, Stage
from payments.domain.payment import Payment
from payments.domain.ports import ProviderUnavailable
from payments.domain.status import Status
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.saga import Saga
from services.payments.tests.scripted_provider import ScriptedProvider

YES = Approved("ch_1")
FIRST, SECOND, THIRD = uuid7(), uuid7(), uuid7()


@pytest.fixture
async def held(authorise: Authorise, work_off: WorkOff) -> None:
    """17.70 GBP of the order's are held."""
    await authorise()
    await work_off(ScriptedProvider(YES))


def told(uow: FakePaymentsUnitOfWork, name: str) -> list[dict[str, Any]]:
    """The data of all events of that name."""
    return [event.data for _, event in uow.published if event.type.split(".")[1] == name]


@pytest.mark.usefixtures("held")
async def test_each_shipment_takes_its_share_and_the_final_one_ends_the_hold(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(500, FIRST, final=False)
    await work_off(ScriptedProvider(YES))
    assert uow.only.status is Status.PARTIALLY_CAPTURED
    assert uow.books.balance()["customer_authorisations"] == 1270
    await saga.capture(1000, SECOND)
    provider = ScriptedProvider(YES)
    await work_off(provider)
    assert provider.calls[0][3:] == (Money(1000, "GBP"), True)
    captures = told(uow, "payment_captured")
    assert [c["amount"]["amount"] for c in captures] == [500, 1000]
    assert [c["captured_total"]["amount"] for c in captures] == [500, 1500]
    assert [c["shipment_id"] for c in captures] == [str(FIRST), str(SECOND)]
    assert uow.books.balance() == {
        "customer_authorisations": 0,
        "authorised_sales": 0,
        "provider_receivable": 1500,
        "sales": -1500,
    }


@pytest.mark.usefixtures("held")
async def test_a_shipment_is_captured_once_and_answered_as_often_as_it_is_asked(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(500, FIRST, final=False)
    await saga.capture(500, FIRST, final=False)
    await work_off(ScriptedProvider(YES))
    await saga.capture(500, FIRST, final=False)
    await work_off(ScriptedProvider())
    first, again = told(uow, "payment_captured")
    assert first == again
    assert uow.only.captured == 500
    assert len(uow.books.postings) == 2


@pytest.mark.usefixtures("held")
async def test_the_same_answer_comes_again_after_later_captures_with_the_total_of_today(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    for shipment, final in ((FIRST, False), (SECOND, True)):
        await saga.capture(500, shipment, final=final)
        await work_off(ScriptedProvider(YES))
    await saga.capture(500, FIRST, final=False)
    again = told(uow, "payment_captured")[-1]
    assert again["shipment_id"] == str(FIRST)
    assert (again["amount"]["amount"], again["captured_total"]["amount"]) == (500, 1000)


@pytest.mark.usefixtures("held")
async def test_after_the_final_capture_a_further_shipment_is_refused_visibly(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(500, FIRST)
    await work_off(ScriptedProvider(YES))
    await saga.capture(100, SECOND)
    await saga.capture(100, SECOND)
    failed = told(uow, "capture_failed")
    assert [f["shipment_id"] for f in failed] == [str(SECOND)] * 2
    assert failed[0]["reason"] == "not_capturable"
    assert [e.stage for e in uow.books.queue.values()][-1] is Stage.FAILED


@pytest.mark.usefixtures("held")
async def test_a_capture_of_more_than_is_left_takes_nothing(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(1000, FIRST, final=False)
    await saga.capture(771, SECOND)
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider())
    assert told(uow, "capture_failed")[0]["reason"] == "capture_exceeds_authorised"
    assert (uow.only.captured, uow.only.status) == (1000, Status.PARTIALLY_CAPTURED)


@pytest.mark.usefixtures("held")
async def test_a_shipment_of_what_was_free_is_answered_and_takes_nothing(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(0, FIRST, final=False)
    await saga.capture(500, SECOND, final=False)
    await work_off(ScriptedProvider(YES))
    await saga.capture(0, THIRD)
    provider = ScriptedProvider(YES)
    await work_off(provider)
    assert [call[0] for call in provider.calls] == ["void"]
    captures = told(uow, "payment_captured")
    assert [c["amount"]["amount"] for c in captures] == [0, 500, 0]
    assert uow.only.status is Status.CAPTURED


@pytest.mark.usefixtures("held")
async def test_a_void_of_a_partly_captured_payment_releases_the_rest_and_refunds(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(500, FIRST, final=False)
    await work_off(ScriptedProvider(YES))
    await saga.void()
    for _ in range(3):
        await work_off(ScriptedProvider(YES))
    assert uow.told[-2:] == ["payment_voided", "payment_refunded"]
    assert uow.only.status is Status.REFUNDED
    assert uow.books.balance()["provider_receivable"] == 0
    assert uow.books.balance()["customer_authorisations"] == 0


@pytest.mark.usefixtures("held")
async def test_a_capture_on_its_way_when_the_void_comes_is_refunded(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(None, FIRST)
    await work_off(ScriptedProvider(ProviderUnavailable("no answer")))
    await saga.void()
    await work_off(ScriptedProvider(YES))
    await work_off(ScriptedProvider(YES))
    assert uow.told[-2:] == ["payment_captured", "payment_refunded"]
    assert uow.only.status is Status.REFUNDED


@pytest.mark.usefixtures("held")
async def test_a_refund_has_one_effect_for_its_id_and_the_same_answer_again(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture(None, FIRST)
    await work_off(ScriptedProvider(YES))
    for _ in range(2):
        await saga.refund(300, SECOND)
        await work_off(ScriptedProvider(YES))
    await saga.refund(400, THIRD)
    await work_off(ScriptedProvider(YES))
    refunds = told(uow, "payment_refunded")
    assert refunds[0] == refunds[1]
    assert [r["refunded_total"]["amount"] for r in refunds] == [300, 300, 700]
    assert refunds[-1]["refund_id"] == str(THIRD)
    assert uow.books.balance()["refunds"] == 700


@pytest.mark.usefixtures("held")
async def test_an_impossible_refund_is_answered_as_failed_each_time(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.refund(100, FIRST)
    await saga.capture(500)
    await work_off(ScriptedProvider(YES))
    await saga.refund(501, SECOND)
    await saga.refund(100, FIRST)
    failed = told(uow, "refund_failed")
    codes = ["not_refundable", "refund_exceeds_captured", "not_refundable"]
    assert [f["reason"] for f in failed] == codes
    assert uow.only.refunded == 0


@pytest.mark.usefixtures("held")
async def test_a_refund_that_the_provider_refused_is_told_as_such_again(
    uow: FakePaymentsUnitOfWork, saga: Saga, work_off: WorkOff
) -> None:
    await saga.capture()
    await work_off(ScriptedProvider(YES))
    await saga.refund(100, FIRST)
    await work_off(ScriptedProvider(Declined("charge_disputed")))
    await saga.refund(100, FIRST)
    await work_off(ScriptedProvider())
    first, again = told(uow, "refund_failed")
    assert first == again
    assert first["reason"] == "charge_disputed"


@given(st.integers(1, 10_000), st.data())
def test_however_it_is_shipped_the_ledger_is_exact_after_every_step(
    amount: int, data: st.DataObject
) -> None:
    payment = Payment(uuid7(), uuid7(), Money(amount, "GBP"))
    postings: list[Posting] = []
    step(payment, Kind.AUTHORISE, None, True, postings)
    for left in range(4, -1, -1):
        if not payment.is_holding:
            break
        part = data.draw(st.integers(1, payment.held.amount))
        final = left == 0 or data.draw(st.booleans())
        kind = data.draw(st.sampled_from([Kind.CAPTURE, Kind.CAPTURE, Kind.CAPTURE, Kind.VOID]))
        step(payment, kind, part if kind is Kind.CAPTURE else None, final, postings)
        if payment.refundable.amount and data.draw(st.booleans()):
            back = data.draw(st.integers(1, payment.refundable.amount))
            step(payment, Kind.REFUND, back, True, postings)
    assert payment.held.amount == 0


def step(
    payment: Payment, kind: Kind, pence: int | None, final: bool, postings: list[Posting]
) -> None:
    """One operation, approved; then the books must say what the payment says."""
    money = None if pence is None else Money(pence, "GBP")
    wanted = Operation(uuid7(), payment.id, kind, money, final=final)
    call = payment.next_call(wanted)
    assert call is not None
    posting = payment.settle(wanted, call, YES)
    assert posting is not None
    postings.append(posting)
    sums = dict.fromkeys(Account, 0)
    for entry in (entry for posting in postings for entry in posting.entries):
        sums[entry.account] += entry.money.amount
    assert sums == {
        Account.CUSTOMER_AUTHORISATIONS: payment.held.amount,
        Account.AUTHORISED_SALES: -payment.held.amount,
        Account.PROVIDER_RECEIVABLE: payment.captured - payment.refunded,
        Account.SALES: -payment.captured,
        Account.REFUNDS: payment.refunded,
    }
