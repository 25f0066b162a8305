"""Commands and staff at the same time, on a real database and through a real broker."""

import asyncio

from chassis.envelope import new_event
from chassis.idempotency import IdempotencyKey, KeyInFlight
from chassis.ids import uuid7
from chassis.producer import EventProducer, Outgoing
from native.testing import Engines
from payments.application.capture_payment import CapturePayment, capture_payment
from payments.application.order_operation import OrderedOperation, order_operation
from payments.bootstrap import command_consumer
from payments.domain.errors import NotRefundable, PaymentBusy
from payments.domain.operation import Kind
from payments.settings import PaymentsSettings
from services.payments.tests.integration.conftest import Shop, running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_of_many_refunds_at_once_only_what_was_captured_goes_back(shop: Shop) -> None:
    async def refund(key: str) -> bool:
        wanted = OrderedOperation(payment_id, Kind.REFUND)
        try:
            await order_operation(wanted, IdempotencyKey("s", key, "f"), shop.unit_of_work())
        except (PaymentBusy, NotRefundable):
            return False
        return True

    async with shop.desks():
        order_id = await shop.authorise()
        await shop.tell(lambda uow: capture_payment(CapturePayment(order_id), uow))
        await shop.until(order_id, "payment_authorised", "payment_captured")
        (row,) = await shop.rows("SELECT id FROM payments")
        payment_id = row.id
        accepted = await asyncio.gather(*(refund(f"key-{n}") for n in range(10)))
        told = ("payment_authorised", "payment_captured", "payment_refunded")
        await shop.until(order_id, *told)
    assert accepted.count(True) == 1
    (row,) = await shop.rows("SELECT captured, refunded FROM payments")
    assert (row.captured, row.refunded) == (1000, 1000)
    assert await shop.ledger_sum() == 0


async def test_one_key_many_times_at_once_is_one_operation(shop: Shop) -> None:
    async def void() -> str | None:
        key = IdempotencyKey("s", "one", "f")
        try:
            answer = await order_operation(
                OrderedOperation(payment_id, Kind.VOID), key, shop.unit_of_work()
            )
        except KeyInFlight:
            return None
        return answer.location

    async with shop.desks():
        await shop.until(await shop.authorise(), "payment_authorised")
    (row,) = await shop.rows("SELECT id FROM payments")
    payment_id = row.id
    told = await asyncio.gather(*(void() for _ in range(8)))
    assert len(set(told) - {None}) == 1
    assert len(await shop.rows("SELECT 1 FROM operations WHERE kind = 'void'")) == 1


async def test_commands_from_the_broker_take_effect_once(shop: Shop, engines: Engines) -> None:
    prefix = await engines.topic_prefix(["payments.commands"])
    settings = PaymentsSettings(
        environment="test", database_url=shop.dsn, kafka_bootstrap=engines.kafka_bootstrap
    )
    order_id = uuid7()
    command = new_event(
        source="/services/orders",
        type="payments.authorise_payment.v1",
        subject=str(order_id),
        sequence=1,
        data={
            "order_id": str(order_id),
            "amount": {"amount": 1000, "currency": "GBP"},
            "payment_token": "tok_visa",
        },
    )
    headers = (("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode()),)
    message = Outgoing(f"{prefix}payments.commands", str(order_id), command.to_json(), headers)
    producer = EventProducer(engines.kafka_bootstrap)
    await producer.start()
    consumer = command_consumer(settings, shop.engine, prefix)
    async with running([consumer]), shop.desks():
        await producer.send_all([message, message])
        await shop.until(order_id, "payment_authorised")
        await producer.send_all([message])
        await asyncio.sleep(0.5)
    await producer.stop()
    assert await shop.replies(order_id) == ["payment_authorised"]
    assert len(await shop.rows("SELECT 1 FROM provider_charges")) == 1
    (row,) = await shop.rows("SELECT payload, traceparent FROM outbox")
    assert row.traceparent.split("-")[1] == TRACE
    assert f'"causationid":"{command.id}"'.encode() in bytes(row.payload)
    assert f'"correlationid":"{command.correlation_id}"'.encode() in bytes(row.payload)
