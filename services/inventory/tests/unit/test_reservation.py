"""A reservation takes each step once and answers every command with its state."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from inventory.domain.errors import MoreReturnedThanSold, Shortage
from inventory.domain.reservation import Reservation, ReservationAnswered, Status, StockReturned
from inventory.domain.stock import MovementKind, Stock
from services.inventory.tests.fakes import NOON

ORDER = UUID("0199aa10-6c00-7abc-8def-0123456789ab")
UNTIL = NOON + timedelta(minutes=15)


def shelf(**available: int) -> dict[str, Stock]:
    return {name[1:]: Stock(name[1:], available=count) for name, count in available.items()}


def held(stocks: dict[str, Stock], **lines: int) -> Reservation:
    wanted = {name[1:]: count for name, count in lines.items()}
    return Reservation.make(ORDER, wanted, stocks, until=UNTIL, cause=uuid4())


def answers(reservation: Reservation) -> list[ReservationAnswered]:
    return [one for one in reservation.events if isinstance(one, ReservationAnswered)]


def buckets(stock: Stock) -> tuple[int, int, int]:
    return stock.available, stock.reserved, stock.sold


def test_every_line_is_held_until_the_time_given() -> None:
    stocks = shelf(_10001=5, _10002=5)
    reservation = held(stocks, _10001=2, _10002=5)
    assert reservation.status is Status.HELD
    assert buckets(stocks["10001"]) == (3, 2, 0)
    assert buckets(stocks["10002"]) == (0, 5, 0)
    assert reservation.events == [ReservationAnswered(ORDER, 1, Status.HELD, UNTIL)]


def test_one_short_line_holds_nothing_and_every_short_sku_is_named() -> None:
    stocks = shelf(_10001=5, _10002=1)
    reservation = held(stocks, _10003=1, _10002=2, _10001=2)
    assert reservation.status is Status.REJECTED
    assert reservation.shortages == (Shortage("10002", 2, 1), Shortage("10003", 1, 0))
    assert [buckets(stock) for stock in stocks.values()] == [(5, 0, 0), (1, 0, 0)]


def test_a_commit_sells_what_is_held_and_a_second_one_sells_nothing() -> None:
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=2)
    reservation.commit(stocks, uuid4())
    reservation.commit(stocks, uuid4())
    assert buckets(stocks["10001"]) == (3, 0, 2)
    assert [event.status for event in answers(reservation)] == ["held", "committed", "committed"]
    assert [event.version for event in reservation.events] == [1, 2, 3]


def test_a_release_gives_back_what_is_held_and_a_second_one_gives_nothing() -> None:
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=2)
    reservation.release(stocks, uuid4())
    reservation.release(stocks, uuid4())
    assert buckets(stocks["10001"]) == (5, 0, 0)
    assert reservation.status is Status.RELEASED


def test_a_release_after_the_commit_restocks_what_was_sold() -> None:
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=2)
    reservation.commit(stocks, uuid4())
    reservation.release(stocks, uuid4())
    assert buckets(stocks["10001"]) == (5, 0, 0)
    assert stocks["10001"].movements[-1].kind is MovementKind.RESTOCKED


def test_a_hold_expires_only_when_its_time_is_over() -> None:
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=2)
    reservation.expire(stocks, UNTIL - timedelta(seconds=1), uuid4())
    assert buckets(stocks["10001"]) == (3, 2, 0)
    reservation.expire(stocks, UNTIL, uuid4())
    assert reservation.status is Status.EXPIRED
    assert buckets(stocks["10001"]) == (5, 0, 0)
    assert stocks["10001"].movements[-1].kind is MovementKind.EXPIRED


@pytest.mark.parametrize("ending", ["commit", "release"])
def test_a_hold_that_has_ended_does_not_expire(ending: str) -> None:
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=2)
    getattr(reservation, ending)(stocks, uuid4())
    before = buckets(stocks["10001"])
    reservation.expire(stocks, UNTIL + timedelta(days=1), uuid4())
    assert buckets(stocks["10001"]) == before


def test_a_commit_after_the_time_but_before_the_expiry_still_sells() -> None:
    """The units are on hold until the worker says otherwise; nobody else can have them."""
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=2)
    reservation.commit(stocks, uuid4())
    assert buckets(stocks["10001"]) == (3, 0, 2)


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.RELEASED, Status.REJECTED])
def test_a_commit_of_what_is_not_held_is_answered_with_the_state(status: Status) -> None:
    stocks = shelf(_10001=5)
    reservation = Reservation(ORDER, status, {"10001": 2})
    reservation.commit(stocks, uuid4())
    assert buckets(stocks["10001"]) == (5, 0, 0)
    assert answers(reservation)[-1].status is status


def test_a_return_restocks_once_however_often_it_is_told() -> None:
    stocks, return_id = shelf(_10001=5), uuid4()
    reservation = held(stocks, _10001=3)
    reservation.commit(stocks, uuid4())
    for _ in range(2):
        reservation.take_back(return_id, {"10001": 2}, stocks, uuid4())
    assert buckets(stocks["10001"]) == (4, 0, 3)
    assert stocks["10001"].returned == 2
    assert reservation.events[-2:] == [
        StockReturned(ORDER, version, return_id, {"10001": 2}) for version in (3, 4)
    ]


def test_no_more_comes_back_than_was_bought() -> None:
    stocks = shelf(_10001=5, _10002=5)
    reservation = held(stocks, _10001=3)
    reservation.commit(stocks, uuid4())
    reservation.take_back(uuid4(), {"10001": 2}, stocks, uuid4())
    with pytest.raises(MoreReturnedThanSold) as caught:
        reservation.take_back(uuid4(), {"10001": 2, "10002": 1}, stocks, uuid4())
    assert caught.value.extras == {"skus": ["10001", "10002"]}
    assert buckets(stocks["10001"]) == (4, 0, 3)


def test_nothing_comes_back_of_what_was_never_sold() -> None:
    stocks = shelf(_10001=5)
    with pytest.raises(MoreReturnedThanSold):
        held(stocks, _10001=3).take_back(uuid4(), {"10001": 1}, stocks, uuid4())


def test_a_release_after_a_return_restocks_only_the_rest() -> None:
    stocks = shelf(_10001=5)
    reservation = held(stocks, _10001=3)
    reservation.commit(stocks, uuid4())
    reservation.take_back(uuid4(), {"10001": 2}, stocks, uuid4())
    reservation.release(stocks, uuid4())
    assert (stocks["10001"].available, stocks["10001"].sold, stocks["10001"].returned) == (5, 2, 2)


def test_a_rejection_that_is_asked_for_again_names_the_same_shortages() -> None:
    reservation = held(shelf(_10001=1), _10001=2)
    reservation.answer()
    first, again = answers(reservation)
    assert first.shortages == again.shortages
