"""The races at full size, 20 times each."""

import pytest

from tests.e2e import races
from tests.e2e.races import Callers

pytestmark = pytest.mark.parametrize("again", range(20))


async def test_1000_buyers_for_100_units(callers: Callers, again: int) -> None:
    await races.many_buyers_for_few_units(callers, buyers=1000, units=100)


async def test_100_requests_with_one_key(callers: Callers, again: int) -> None:
    await races.one_key_many_times(callers, requests=100)


async def test_cancel_against_pack(callers: Callers, again: int) -> None:
    await races.cancelled_while_packed(callers, orders=20)


async def test_refund_against_refund(callers: Callers, again: int) -> None:
    await races.refunded_twice_at_once(callers, requests=20)


async def test_the_last_coupon(callers: Callers, again: int) -> None:
    await races.one_coupon_for_many(callers, buyers=50)
