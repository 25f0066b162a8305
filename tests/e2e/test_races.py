"""Each race once and small; `tests/reliability` has them at full size, again and again."""

import pytest

from tests.e2e import races
from tests.e2e.races import Callers
from tests.e2e.shop import Shop


@pytest.fixture
async def callers(shop: Shop, merchandiser: Shop, warehouse: Shop, support: Shop) -> Callers:
    return Callers(shop, merchandiser, warehouse, support)


async def test_as_many_orders_are_confirmed_as_there_were_units(callers: Callers) -> None:
    await races.many_buyers_for_few_units(callers, buyers=60, units=10)


async def test_one_key_at_once_is_one_order(callers: Callers) -> None:
    await races.one_key_many_times(callers, requests=40)


async def test_an_order_is_cancelled_or_packed_and_never_both(callers: Callers) -> None:
    await races.cancelled_while_packed(callers, orders=10)


async def test_all_the_money_goes_back_once(callers: Callers) -> None:
    await races.refunded_twice_at_once(callers, requests=10)


async def test_the_last_coupon_is_one_orders(callers: Callers) -> None:
    await races.one_coupon_for_many(callers, buyers=20)
