"""Staff asks twice at once under one key: both hear of the one operation."""

import pytest

from chassis.idempotency import IdempotencyKey, StoredAnswer
from payments.application.order_operation import OrderedOperation, order_operation
from payments.domain.errors import NotVoidable, PaymentBusy
from payments.domain.operation import Approved, Kind
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.scripted_provider import ScriptedProvider

KEY = IdempotencyKey("staff", "k", "body")
YES = Approved("ch_1")


async def nothing_yet(_key: IdempotencyKey) -> StoredAnswer | None:
    """A look at the key that was over just before the twin's commit."""
    return None


async def test_a_twin_that_was_quicker_answers_for_both(
    uow: FakePaymentsUnitOfWork,
    authorise: Authorise,
    work_off: WorkOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await authorise()
    await work_off(ScriptedProvider(YES))
    void = OrderedOperation(uow.only.id, Kind.VOID)
    first = await order_operation(void, KEY, uow)
    monkeypatch.setattr(uow.idempotency, "claim", nothing_yet)
    assert await order_operation(void, KEY, uow) == first
    other = IdempotencyKey("staff", "k2", "body")
    with pytest.raises(PaymentBusy):
        await order_operation(void, other, uow)
    await work_off(ScriptedProvider(YES))
    assert await order_operation(void, KEY, uow) == first
    with pytest.raises(NotVoidable):
        await order_operation(void, other, uow)
    assert uow.told == ["payment_authorised", "payment_voided"]
