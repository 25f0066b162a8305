"""What every payment provider must do: one suite for the port, run over each implementation.

`unit/test_stripe_port.py` runs it over Stripe's adapter and a double of Stripe,
`integration/test_simulated_port.py` over the simulated provider and its tables.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.clock import utcnow
from chassis.ids import uuid7
from payments.domain.money import Money
from payments.domain.operation import Approved, Declined, Kind, Processing
from payments.domain.ports import PaymentProvider, ProviderBooks
from payments.domain.reconciliation import Charge, Standing

GOOD, BAD, LATE = "tok_visa", "tok_chargeDeclined", "tok_processing"


def pounds(pence: int) -> Money:
    return Money(pence, "GBP")


@dataclass(frozen=True)
class Subject:
    """An implementation, and how a charge of it that is processing comes to be approved."""

    provider: PaymentProvider
    books: ProviderBooks
    decide: Callable[[str], Awaitable[None]]

    async def hold(self, pence: int = 1000, key: UUID | None = None) -> str:
        answer = await self.provider.authorise(key or uuid7(), GOOD, pounds(pence))
        assert isinstance(answer, Approved)
        return answer.reference

    async def charge(self, reference: str) -> Charge:
        found = await self.books.charge(reference)
        assert found is not None
        return found

    async def stands(self, reference: str) -> tuple[Standing, int, int]:
        found = await self.charge(reference)
        return found.standing, found.captured, found.refunded


class ProviderPort:
    """A subclass gives the fixture `subject`."""

    async def test_a_good_card_is_held_once_however_often_it_is_asked(
        self, subject: Subject
    ) -> None:
        key = uuid7()
        first, again = await subject.hold(key=key), await subject.hold(key=key)
        assert first == again
        found = await subject.charge(first)
        assert (found.key, found.standing, found.authorised) == (key, Standing.HELD, pounds(1000))

    async def test_a_bad_card_is_declined_with_a_code(self, subject: Subject) -> None:
        for token in (BAD, "tok_nobody_knows"):
            answer = await subject.provider.authorise(uuid7(), token, pounds(5))
            assert isinstance(answer, Declined)
            assert answer.reason.replace("_", "").isalpha()

    async def test_captures_go_on_until_a_final_one(self, subject: Subject) -> None:
        reference, key = await subject.hold(), uuid7()
        for _ in range(2):
            taken = await subject.provider.capture(key, reference, pounds(300), final=False)
            assert isinstance(taken, Approved)
        assert await subject.stands(reference) == (Standing.HELD, 300, 0)
        await subject.provider.capture(uuid7(), reference, pounds(500), final=True)
        assert await subject.stands(reference) == (Standing.CAPTURED, 800, 0)
        late = await subject.provider.capture(uuid7(), reference, pounds(1), final=True)
        assert isinstance(late, Declined)
        assert late.hold_ended

    async def test_more_than_is_held_is_declined_and_the_hold_stays(self, subject: Subject) -> None:
        reference = await subject.hold()
        answer = await subject.provider.capture(uuid7(), reference, pounds(1001), final=True)
        assert isinstance(answer, Declined)
        assert not answer.hold_ended
        assert await subject.stands(reference) == (Standing.HELD, 0, 0)

    async def test_a_void_ends_the_hold_and_a_second_one_agrees(self, subject: Subject) -> None:
        reference = await subject.hold()
        for _ in range(2):
            assert isinstance(await subject.provider.void(uuid7(), reference), Approved)
        assert await subject.stands(reference) == (Standing.VOIDED, 0, 0)

    async def test_a_void_of_a_part_keeps_what_was_captured(self, subject: Subject) -> None:
        reference = await subject.hold()
        await subject.provider.capture(uuid7(), reference, pounds(300), final=False)
        assert isinstance(await subject.provider.void(uuid7(), reference), Approved)
        assert await subject.stands(reference) == (Standing.CAPTURED, 300, 0)

    async def test_what_was_captured_cannot_be_voided(self, subject: Subject) -> None:
        reference = await subject.hold()
        await subject.provider.capture(uuid7(), reference, pounds(300), final=True)
        assert isinstance(await subject.provider.void(uuid7(), reference), Declined)

    async def test_refunds_add_up_to_no_more_than_was_captured(self, subject: Subject) -> None:
        reference, key = await subject.hold(), uuid7()
        await subject.provider.capture(uuid7(), reference, pounds(900), final=True)
        for _ in range(2):
            assert isinstance(await subject.provider.refund(key, reference, pounds(400)), Approved)
        too_much = await subject.provider.refund(uuid7(), reference, pounds(501))
        assert isinstance(too_much, Declined)
        await subject.provider.refund(uuid7(), reference, pounds(500))
        assert await subject.stands(reference) == (Standing.CAPTURED, 900, 900)

    async def test_a_late_answer_can_be_asked_for(self, subject: Subject) -> None:
        answer = await subject.provider.authorise(uuid7(), LATE, pounds(5))
        assert isinstance(answer, Processing)
        assert await subject.stands(answer.reference) == (Standing.PROCESSING, 0, 0)
        asked = await subject.provider.inquire(Kind.AUTHORISE, answer.reference)
        assert asked == Processing(answer.reference)
        await subject.decide(answer.reference)
        decided = await subject.provider.inquire(Kind.AUTHORISE, answer.reference)
        assert decided == Approved(answer.reference)

    async def test_the_list_has_every_charge_once(self, subject: Subject) -> None:
        made = {await subject.hold() for _ in range(3)}
        since, after, seen = utcnow() - timedelta(hours=1), None, list[str]()
        while page := await subject.books.charges(since, after):
            seen += [charge.reference for charge in page]
            after = page[-1].reference
        assert made <= set(seen)
        assert len(seen) == len(set(seen))

    async def test_what_it_never_made_is_not_there(self, subject: Subject) -> None:
        assert await subject.books.charge("ch_nothing") is None
        answer = await subject.provider.capture(uuid7(), "ch_nothing", pounds(1), final=True)
        assert isinstance(answer, Declined)
