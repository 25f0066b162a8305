"""Our books against the provider's: each kind of difference is found, and what moves is left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import uuid7
from payments.application.reconcile import reconcile
from payments.domain.money import Money
from payments.domain.payment import Payment
from payments.domain.reconciliation import Charge, Kind, Position, Standing, compare
from payments.domain.status import Status

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 2


@dataclass
class Books:
    """Both sides: the provider's list, and ours. `on_look` runs when one charge is looked up."""

    theirs: dict[str, Charge] = field(default_factory=dict)
    ours: dict[UUID, Position] = field(default_factory=dict)
    on_look: Callable[[], None] = lambda: None

    async def charges(self, since: datetime, after: str | None) -> Sequence[Charge]:
        behind = [name for name in sorted(self.theirs) if after is None or name > after]
        return [self.theirs[name] for name in behind[:PAGE]]

    async def charge(self, reference: str) -> Charge | None:
        self.on_look()
        return self.theirs.get(reference)

    async def positions(self, keys: Sequence[UUID]) -> dict[UUID, Position]:
        return {key: self.ours[key] for key in keys if key in self.ours}

    async def charged(self, since: datetime, after: UUID | None) -> Sequence[Position]:
        known = sorted(self.ours.values(), key=lambda found: found.payment.id)
        return [p for p in known if after is None or p.payment.id > after][:PAGE]

    def add(self, **said: Any) -> Position:
        """A captured payment of 10.00 with 3.00 refunded; `said` is what the provider says."""
        key = uuid7()
        payment = Payment(uuid7(), uuid7(), Money(1000, "GBP"), reference=f"ch_{key.hex}")
        payment.status, payment.captured, payment.refunded = Status.PARTIALLY_REFUNDED, 1000, 300
        balances = {"provider_receivable": 700, "sales": -1000, "refunds": 300}
        self.ours[key] = Position(key, payment, balances, False)
        charge = Charge(f"ch_{key.hex}", key, Standing.CAPTURED, Money(1000, "GBP"), 1000, 300)
        self.theirs[charge.reference] = replace(charge, **said)
        return self.ours[key]


async def found(books: Books) -> list[tuple[Kind, str | None, str | None]]:
    report = await reconcile(SINCE, books, books)
    return [(each.kind, each.ours, each.theirs) for each in report.differences]


async def test_books_that_agree_have_no_difference() -> None:
    books = Books()
    for _ in range(5):
        books.add()
    report = await reconcile(SINCE, books, books)
    assert (report.charges, report.payments, report.in_flight) == (5, 5, 0)
    assert report.differences == ()


@pytest.mark.parametrize(
    ("said", "difference"),
    [
        ({"captured": 900}, (Kind.CAPTURED, "1000", "900")),
        ({"refunded": 0}, (Kind.REFUNDED, "300", "0")),
        ({"authorised": Money(1001, "GBP")}, (Kind.AMOUNT, "1000", "1001")),
        ({"authorised": Money(1000, "EUR")}, (Kind.CURRENCY, "GBP", "EUR")),
        ({"standing": Standing.VOIDED}, (Kind.STATUS, "captured", "voided")),
    ],
)
async def test_what_the_provider_says_otherwise_is_found(
    said: dict[str, Any], difference: tuple[Kind, str, str]
) -> None:
    books = Books()
    books.add()
    books.add(**said)
    books.add()
    assert await found(books) == [difference]


async def test_a_charge_that_we_know_nothing_of_is_found() -> None:
    books = Books()
    position = books.add()
    del books.ours[position.key]
    foreign = Charge("ch_foreign", None, Standing.HELD, Money(5, "GBP"), 0, 0)
    books.theirs["ch_foreign"] = foreign
    said = [theirs for kind, ours, theirs in await found(books) if kind is Kind.MISSING_HERE]
    assert said == ["captured, 1000 GBP", "held, 5 GBP"]


async def test_a_charge_that_was_declined_and_is_not_ours_matters_to_nobody() -> None:
    foreign = Charge("ch_foreign", None, Standing.DECLINED, Money(5, "GBP"), 0, 0)
    assert await found(Books(theirs={"ch_foreign": foreign})) == []


async def test_a_payment_that_the_provider_knows_nothing_of_is_found() -> None:
    books = Books()
    books.add()
    position = books.add()
    del books.theirs[position.payment.reference or ""]
    assert await found(books) == [(Kind.MISSING_AT_PROVIDER, "partially_refunded", None)]


async def test_a_ledger_that_contradicts_its_payment_is_found() -> None:
    books = Books()
    position = books.add()
    wrong = position.balances | {"sales": -900}
    books.ours[position.key] = replace(position, balances=wrong)
    assert await found(books) == [(Kind.LEDGER, "payment: sales -1000", "ledger: sales -900")]


async def test_a_payment_with_an_operation_under_way_is_left_to_the_next_time() -> None:
    books = Books()
    position = books.add(captured=500)
    books.ours[position.key] = replace(position, in_flight=True)
    report = await reconcile(SINCE, books, books)
    assert (report.in_flight, report.differences) == (1, ())


async def test_a_payment_that_moves_while_it_is_looked_at_is_left_to_the_next_time() -> None:
    books = Books()
    position = books.add(captured=500)

    def move() -> None:
        position.payment.version += 1

    books.on_look = move
    moved = replace(position, payment=replace(position.payment))
    positions = iter([position, moved])

    async def in_turn(keys: Sequence[UUID]) -> dict[UUID, Position]:
        return {position.key: next(positions, position)}

    before = await reconcile(SINCE, books, Turns(books, in_turn))
    assert (before.in_flight, before.differences) == (1, ())


class Turns(Books):
    """Our side, read anew each time."""

    def __init__(self, books: Books, read: Callable[[Sequence[UUID]], Any]) -> None:
        super().__init__(books.theirs, books.ours)
        self._read = read

    async def positions(self, keys: Sequence[UUID]) -> dict[UUID, Position]:
        known: dict[UUID, Position] = await self._read(keys)
        return {key: replace(p, payment=replace(p.payment)) for key, p in known.items()}


async def test_a_difference_that_was_only_the_time_between_two_looks_is_none() -> None:
    books = Books()
    position = books.add(captured=500)
    reference = position.payment.reference or ""

    def arrive() -> None:
        books.theirs[reference] = replace(books.theirs[reference], captured=1000)

    books.on_look = arrive
    assert await found(books) == []


@pytest.mark.parametrize("status", Status)
def test_every_status_has_its_standing(status: Status) -> None:
    payment = Payment(uuid7(), uuid7(), Money(1, "GBP"), status)
    charge = Charge("ch", uuid7(), Standing.DECLINED, Money(1, "GBP"), 0, 0)
    kinds = {each.kind for each in compare(Position(uuid7(), payment, {}, False), charge)}
    assert (Kind.STATUS in kinds) == (status is not Status.DECLINED)
