"""A batch of commands and the desks' recorder take the same payments, and never in a circle."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from chassis.delivery import Delivery, Handler, Message
from chassis.envelope import Event, new_event
from payments.adapters.unit_of_work import PaymentsUnitOfWork
from payments.application.carry_out import Answered, Outcome
from payments.application.record_outcomes import record_outcomes
from payments.consumers.commands import HANDLERS
from payments.consumers.tracing import resumed
from payments.domain.operation import Approved, Kind
from services.payments.tests.integration.conftest import Shop

VOID = "payments.void_payment.v1"
BLOCKED = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def void(order_id: UUID) -> Message:
    subject = str(order_id)
    data = {"order_id": subject}
    event = new_event(source="x", type=VOID, subject=subject, sequence=1, data=data)
    return Message("payments.commands", 0, 0, subject.encode(), event.to_json())


async def approved(shop: Shop) -> list[Outcome]:
    """What the provider said of everything that is due; nobody has written it down yet."""
    async with shop.unit_of_work() as uow:
        claimed = await uow.operations.claim([Kind.AUTHORISE], 10, timedelta(seconds=15))
        await uow.commit()
    calls = [(each, each.payment.next_call(each.operation)) for each in claimed]
    return [Answered(each, call, Approved("ch_1")) for each, call in calls if call]


async def test_commands_about_payments_whose_answers_are_being_recorded_stop_nobody(
    shop: Shop,
) -> None:
    first, second = await shop.authorise(), await shop.authorise()
    outcomes = await approved(shop)
    recording: list[asyncio.Task[None]] = []

    async def slowly(command: Event, uow: PaymentsUnitOfWork) -> None:
        """Between the two commands the recorder comes to the same payments."""
        await HANDLERS[VOID](command, uow)
        if not recording:
            written = record_outcomes(outcomes, shop.unit_of_work(), resumed)
            recording.append(asyncio.create_task(written))
            while not await shop.rows(BLOCKED):
                await asyncio.sleep(0.005)

    handlers: Mapping[str, Handler[PaymentsUnitOfWork]] = {VOID: slowly}
    await Delivery("c", handlers, shop.unit_of_work).deliver([void(second), void(first)])
    await recording[0]
    for order_id in (first, second):
        assert await shop.replies(order_id) == ["payment_authorised"]
    assert len(await shop.rows("SELECT 1 FROM operations WHERE kind = 'undo'")) == 2
