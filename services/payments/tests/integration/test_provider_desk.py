"""The desks on a real database: quick cards are quick, slow ones hold up nobody, none is charged
twice, whatever crashes or times out.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

from payments.adapters.simulated_provider import Pace, SimulatedProvider
from payments.application.carry_out import AnsweredLater, Unanswered
from payments.application.record_outcomes import record_outcomes
from payments.application.void_payment import void_payment
from payments.consumers.tracing import resumed
from payments.domain.money import Money
from payments.domain.operation import Kind, Reply
from services.payments.tests.integration.conftest import Shop


async def charges(shop: Shop) -> int:
    return len(await shop.rows("SELECT reference FROM provider_charges"))


async def test_an_approved_card_is_answered_long_before_the_poll_is_due(shop: Shop) -> None:
    async with shop.desks():
        await shop.until(await shop.authorise(), "payment_authorised")
        took = [await shop.until(await shop.authorise(), "payment_authorised") for _ in range(20)]
    assert min(took) < 0.5
    assert await shop.ledger_sum() == 0


class GatedProvider(SimulatedProvider):
    """Keeps `tok_slow` waiting until the gate opens, so that no clock decides a test."""

    gate: asyncio.Event

    async def authorise(self, key: UUID, token: str, amount: Money) -> Reply:
        if token == "tok_slow":
            await self.gate.wait()
        return await super().authorise(key, token, amount)


def gated(shop: Shop) -> GatedProvider:
    provider = GatedProvider(shop.provider_engine, Pace(slow=0))
    provider.gate = asyncio.Event()
    return provider


async def test_a_slow_card_holds_up_nobody(shop: Shop) -> None:
    provider = gated(shop)
    async with shop.desks(provider, provider_time_limit=8):
        slow = [await shop.authorise("tok_slow") for _ in range(10)]
        for order_id in [await shop.authorise() for _ in range(20)]:
            await shop.until(order_id, "payment_authorised")
        assert await shop.replies(slow[0]) == []
        provider.gate.set()
        for order_id in slow:
            await shop.until(order_id, "payment_authorised")


async def test_full_places_for_authorisations_leave_room_for_voids(shop: Shop) -> None:
    provider = gated(shop)
    async with shop.desks(provider, provider_places=2, provider_time_limit=8):
        held = await shop.authorise()
        await shop.until(held, "payment_authorised")
        slow = [await shop.authorise("tok_slow") for _ in range(4)]
        await shop.tell(lambda uow: void_payment(held, uow))
        await shop.until(held, "payment_authorised", "payment_voided")
        assert [await shop.replies(order_id) for order_id in slow] == [[]] * 4
        provider.gate.set()


async def test_a_card_that_timed_out_turns_out_to_have_been_charged_once(shop: Shop) -> None:
    async with shop.desks(provider_time_limit=0.2):
        order_id = await shop.authorise("tok_timeout")
        await shop.until(order_id, "payment_authorised")
    (row,) = await shop.rows("SELECT attempts, stage, payment_token FROM operations")
    assert (row.attempts > 1, row.stage, row.payment_token) == (True, "done", None)
    assert await charges(shop) == 1


async def test_declines_name_their_reason_and_post_nothing(shop: Shop) -> None:
    tokens = {
        "tok_chargeDeclined": "card_declined",
        "tok_chargeDeclinedInsufficientFunds": "insufficient_funds",
        "tok_nobody_knows": "invalid_token",
    }
    async with shop.desks():
        for token, reason in tokens.items():
            order_id = await shop.authorise(token)
            await shop.until(order_id, "payment_declined")
            (row,) = await shop.rows(
                "SELECT decline_reason FROM payments WHERE order_id = :id", id=order_id
            )
            assert row.decline_reason == reason
    assert await shop.rows("SELECT 1 FROM ledger_entries") == []


async def test_a_void_during_the_call_is_carried_out_after_it(shop: Shop) -> None:
    provider = gated(shop)
    async with shop.desks(provider, provider_time_limit=8):
        order_id = await shop.authorise("tok_slow")
        while not await shop.rows("SELECT 1 FROM operations WHERE attempts > 0"):
            await asyncio.sleep(0.01)
        await shop.tell(lambda uow: void_payment(order_id, uow))
        provider.gate.set()
        await shop.until(order_id, "payment_authorised", "payment_voided")
    balances = await shop.rows("SELECT sum(amount) AS s FROM ledger_entries GROUP BY account")
    assert {row.s for row in balances} == {0}


async def test_a_void_that_comes_first_leaves_the_provider_alone(shop: Shop) -> None:
    order_id = await shop.authorise()
    await shop.tell(lambda uow: void_payment(order_id, uow))
    async with shop.desks():
        other = await shop.authorise()
        await shop.until(other, "payment_authorised")
    assert await shop.replies(order_id) == ["payment_voided"]
    assert await charges(shop) == 1


async def test_two_processes_share_the_work_and_charge_each_order_once(shop: Shop) -> None:
    orders = [await shop.authorise() for _ in range(120)]
    async with shop.desks(), shop.desks():
        for order_id in orders:
            await shop.until(order_id, "payment_authorised")
    assert await charges(shop) == 120
    (row,) = await shop.rows("SELECT count(*) AS n, max(attempts) AS most FROM operations")
    assert (row.n, row.most) == (120, 1)


async def test_an_operation_of_a_claimer_that_died_is_claimed_again(shop: Shop) -> None:
    order_id = await shop.authorise()
    async with shop.unit_of_work() as uow:
        assert await uow.operations.claim([Kind.AUTHORISE], 1, timedelta(seconds=0.3))
        await uow.commit()
    async with shop.unit_of_work() as uow:
        assert not await uow.operations.claim([Kind.AUTHORISE], 1, timedelta(seconds=1))
    async with shop.desks():
        await shop.until(order_id, "payment_authorised")
    (row,) = await shop.rows("SELECT attempts FROM operations")
    assert row.attempts == 2


async def test_stopping_lets_quick_calls_end_and_cuts_off_hung_ones(shop: Shop) -> None:
    async with shop.desks(shop.provider(slow=0.5), provider_time_limit=8):
        quick = await shop.authorise("tok_slow")
        hung = await shop.authorise("tok_timeout")
        while len(await shop.rows("SELECT 1 FROM operations WHERE attempts > 0")) < 2:
            await asyncio.sleep(0.01)
    assert await shop.replies(quick) == ["payment_authorised"]
    assert await shop.replies(hung) == []


async def test_asking_again_is_no_change_of_the_payment(shop: Shop) -> None:
    await shop.authorise()
    async with shop.unit_of_work() as uow:
        (claimed,) = await uow.operations.claim([Kind.AUTHORISE], 1, timedelta(seconds=15))
        await uow.commit()
    delay = timedelta(0)
    for outcome in (Unanswered(claimed, delay), AnsweredLater(claimed, "ch_1", delay)):
        await record_outcomes([outcome], shop.unit_of_work(), resumed)
    (row,) = await shop.rows("SELECT updated_at = created_at AS untouched FROM payments")
    assert row.untouched
