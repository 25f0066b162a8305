"""Three buckets, and a movement for every change of them."""

from uuid import uuid4

import pytest

from inventory.domain.errors import NotEnoughStock, StockOutOfStep
from inventory.domain.stock import AvailabilityChanged, Movement, MovementKind, Stock

CAUSE = uuid4()


def test_a_reservation_moves_units_from_available_to_reserved() -> None:
    stock = Stock("85123A", available=10)
    stock.reserve(4, CAUSE)
    assert (stock.available, stock.reserved, stock.sold) == (6, 4, 0)
    expected = Movement("85123A", MovementKind.RESERVED, CAUSE, available=-4, reserved=4)
    assert stock.movements == [expected]


def test_more_than_is_available_cannot_be_reserved() -> None:
    stock = Stock("85123A", available=3, reserved=7)
    with pytest.raises(NotEnoughStock) as caught:
        stock.reserve(4, CAUSE)
    shortage = {"sku": "85123A", "requested": 4, "available": 3}
    assert caught.value.extras == {"shortages": [shortage]}
    assert (stock.available, stock.movements) == (3, [])


def test_a_sale_empties_the_reserved_bucket_into_the_sold_one() -> None:
    stock = Stock("85123A", available=6, reserved=4)
    stock.commit(4, CAUSE)
    assert (stock.available, stock.reserved, stock.sold) == (6, 0, 4)


def test_a_restocked_unit_is_available_again_and_no_longer_sold() -> None:
    stock = Stock("85123A", sold=4)
    stock.restock(4, CAUSE)
    assert (stock.available, stock.reserved, stock.sold) == (4, 0, 0)


def test_a_unit_that_comes_back_is_available_and_stays_sold() -> None:
    stock = Stock("85123A", sold=4)
    stock.take_back(3, CAUSE)
    assert (stock.available, stock.sold, stock.returned) == (3, 4, 3)
    assert stock.movements[-1].kind is MovementKind.RETURNED
    with pytest.raises(StockOutOfStep):
        stock.take_back(2, CAUSE)


def test_units_that_were_never_held_cannot_be_released() -> None:
    stock = Stock("85123A", available=1)
    with pytest.raises(StockOutOfStep):
        stock.release(1, CAUSE)
    assert (stock.available, stock.movements) == (1, [])


def test_units_that_were_never_held_cannot_be_sold() -> None:
    with pytest.raises(StockOutOfStep):
        Stock("85123A", available=1).commit(1, CAUSE)


def test_the_warehouse_cannot_lose_more_than_is_available() -> None:
    stock = Stock("85123A", available=2, reserved=5)
    with pytest.raises(NotEnoughStock):
        stock.adjust(-3, CAUSE)
    assert stock.available == 2


def test_coming_down_to_zero_and_leaving_it_are_announced_with_successive_versions() -> None:
    stock = Stock("85123A", available=2, version=7)
    stock.reserve(1, CAUSE)
    assert stock.events == []
    stock.reserve(1, CAUSE)
    stock.release(2, CAUSE)
    assert stock.events == [
        AvailabilityChanged("85123A", in_stock=False, version=8),
        AvailabilityChanged("85123A", in_stock=True, version=9),
    ]
