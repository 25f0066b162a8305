"""Reconciliation on a real database: a clean shop has no difference, each planted one is found."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.clock import utcnow
from chassis.ids import uuid7
from payments.adapters.own_books import SqlOwnBooks
from payments.adapters.reconciliation_diary import SqlReconciliationDiary
from payments.adapters.simulated_books import SimulatedBooks
from payments.application.capture_payment import CapturePayment, capture_payment
from payments.application.reconcile import Report, reconcile
from payments.application.reconciliations import Run
from payments.application.refund_payment import RefundPayment, refund_payment
from payments.application.void_payment import void_payment
from payments.consumers.reconciliation_desk import ReconciliationDesk, differences
from payments.domain.money import Money
from services.payments.tests.integration.conftest import Shop

WEEK = timedelta(days=7)


async def report(shop: Shop) -> Report:
    books = SimulatedBooks(shop.provider_engine)
    return await reconcile(utcnow() - WEEK, books, SqlOwnBooks(shop.engine))


async def a_day(shop: Shop) -> list[UUID]:
    """Orders of every kind: held, voided, captured in part, captured, refunded, declined."""
    orders = [await shop.authorise() for _ in range(5)]
    held, voided, partly, taken, back = orders
    part = Money(400, "GBP")
    async with shop.desks():
        await shop.until(await shop.authorise("tok_chargeDeclined"), "payment_declined")
        for order_id in orders:
            await shop.until(order_id, "payment_authorised")
        await shop.tell(lambda uow: void_payment(voided, uow))
        in_part = CapturePayment(partly, uuid7(), part, final=False)
        await shop.tell(lambda uow: capture_payment(in_part, uow))
        for order_id in (taken, back):
            whole = CapturePayment(order_id, uuid7())
            await shop.tell(lambda uow, whole=whole: capture_payment(whole, uow))  # type: ignore[misc]
        await shop.tell(lambda uow: refund_payment(RefundPayment(back, uuid7(), part), uow))
        await shop.until(voided, "payment_authorised", "payment_voided")
        await shop.until(partly, "payment_authorised", "payment_captured")
        await shop.until(taken, "payment_authorised", "payment_captured")
        await shop.until(back, "payment_authorised", "payment_captured", "payment_refunded")
    return [held, *orders[1:]]


PLANTED = {
    "missing_here": (
        "INSERT INTO provider_charges (reference, currency, authorised) "
        "VALUES ('ch_by_hand', 'GBP', 5)"
    ),
    "missing_at_provider": "DELETE FROM provider_charges WHERE reference = :held",
    "status": "UPDATE provider_charges SET closed = false WHERE reference = :voided",
    "amount": "UPDATE provider_charges SET authorised = 1001 WHERE reference = :partly",
    "captured": "UPDATE provider_charges SET captured = 900 WHERE reference = :taken",
    "refunded": "UPDATE provider_charges SET refunded = 401 WHERE reference = :back",
    "currency": "UPDATE provider_charges SET currency = 'EUR' WHERE reference = :taken",
    "ledger": "UPDATE payments SET refunded = 399 WHERE reference = :back",
}


async def test_a_clean_shop_has_none_and_each_planted_difference_is_found(shop: Shop) -> None:
    orders = await a_day(shop)
    clean = await report(shop)
    assert (clean.charges, clean.payments, clean.differences) == (5, 5, ())
    named = ("held", "voided", "partly", "taken", "back")
    rows = await shop.rows("SELECT order_id, reference FROM payments")
    references = {row.order_id: row.reference for row in rows}
    of = dict(zip(named, (references[order_id] for order_id in orders), strict=True))
    for number, (kind, statement) in enumerate(PLANTED.items(), 1):
        used = {name: reference for name, reference in of.items() if f":{name}" in statement}
        async with shop.engine.begin() as connection:
            await connection.execute(text(statement), used)
        found = [each.kind.value for each in (await report(shop)).differences]
        assert kind in found, (kind, found)
        assert len(set(found)) == number


def hourly(shop: Shop, diary: SqlReconciliationDiary) -> ReconciliationDesk:
    return ReconciliationDesk(
        diary,
        theirs=SimulatedBooks(shop.provider_engine),
        ours=SqlOwnBooks(shop.engine),
        every=timedelta(hours=1),
        window=WEEK,
        clock=utcnow,
    )


async def test_a_short_look_that_staff_asked_for_puts_the_clocks_own_off_by_nothing(
    shop: Shop,
) -> None:
    diary = SqlReconciliationDiary(shop.engine)
    await asked(shop, timedelta(minutes=1))
    desk = hourly(shop, diary)
    assert [await desk.step() for _ in range(3)] == [True, True, False]
    days = [(utcnow() - run.since).days for run in await diary.runs(None, 9)]
    assert sorted(days) == [0, 7]


async def test_the_desk_keeps_what_it_found_and_asks_as_often_as_it_was_told(shop: Shop) -> None:
    await a_day(shop)
    async with shop.engine.begin() as connection:
        await connection.execute(text(PLANTED["missing_here"]))
    diary = SqlReconciliationDiary(shop.engine)
    desk = hourly(shop, diary)
    assert [await desk.step(), await desk.step()] == [True, False]
    (run,) = await diary.runs(None, 10)
    assert (run.charges, run.payments, run.differences) == (6, 5, 1)
    assert run.ended_at is not None
    (found,) = await diary.differences(run.id)
    assert (found.kind.value, found.reference) == ("missing_here", "ch_by_hand")
    assert await diary.run(run.id) == run
    assert await diary.runs(run.id, 10) == []


async def test_every_process_shows_what_the_last_run_found_whoever_carried_it_out(
    shop: Shop,
) -> None:
    await a_day(shop)
    async with shop.engine.begin() as connection:
        await connection.execute(text(PLANTED["missing_here"]))
    desk, other = (hourly(shop, SqlReconciliationDiary(shop.engine)) for _ in range(2))
    while await desk.step():
        differences.set(0)
    await other.step()
    assert REGISTRY.get_sample_value("payments_reconciliation_differences") == 1
    differences.set(9)
    await SqlReconciliationDiary(shop.engine).finish(await asked(shop), Report(6, 5, 0, ()))
    await other.step()
    assert REGISTRY.get_sample_value("payments_reconciliation_differences") == 0


async def asked(shop: Shop, back: timedelta = WEEK) -> Run:
    """A run that staff asks for."""
    run = Run(uuid7(), utcnow() - back)
    async with shop.unit_of_work() as uow:
        await uow.request_reconciliation(run.id, run.since)
        await uow.commit()
    return run


async def test_a_run_may_look_back_to_before_there_were_computers(shop: Shop) -> None:
    await a_day(shop)
    since = datetime(1960, 1, 1, tzinfo=UTC)
    found = await reconcile(since, SimulatedBooks(shop.provider_engine), SqlOwnBooks(shop.engine))
    assert (found.charges, found.payments, found.differences) == (5, 5, ())


async def test_a_run_whose_process_died_is_carried_out_again_and_kept_once(shop: Shop) -> None:
    diary = SqlReconciliationDiary(shop.engine)
    run = Run(uuid7(), utcnow())
    async with shop.unit_of_work() as uow:
        await uow.request_reconciliation(run.id, run.since)
        await uow.commit()
    assert await diary.claim() == run
    assert await diary.claim() is None
    async with shop.engine.begin() as connection:
        await connection.execute(text("UPDATE reconciliations SET due_at = now()"))
    assert await diary.claim() == run
    await diary.finish(run, Report(1, 1, 0, ()))
    await diary.finish(run, Report(9, 9, 9, ()))
    assert (await diary.run(run.id)).charges == 1
