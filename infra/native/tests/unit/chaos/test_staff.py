"""Who tries what is forbidden says so, and tries all of it, on orders that there are."""

import random
from typing import cast

from native.chaos.client import Client, Request
from native.chaos.market import Market, Ware
from native.chaos.staff import FORBIDDEN, TRESPASSES, intrude, trespass

MARKET = Market((Ware("85123A", "heart", 295),), ())
ORDERS = ["o-1", "o-2"]


class Asked:
    """Takes requests in the place of a client."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def ask(self, request: Request) -> None:
        self.requests.append(request)


def client(asked: Asked) -> Client:
    return cast(Client, asked)


async def test_a_trespasser_tries_everything_on_the_orders_of_others() -> None:
    asked, dice = Asked(), random.Random(1)
    for number in range(100):
        await trespass(ORDERS, client(asked), MARKET, dice, number)
    assert {one.operation for one in asked.requests} == {each[0] for each in TRESPASSES}
    assert {one.path.split("/")[3] for one in asked.requests} == set(ORDERS)
    assert all(one.forbidden for one in asked.requests)
    assert all((one.key is None) == (one.method == "GET") for one in asked.requests)


async def test_before_there_are_orders_a_trespasser_waits() -> None:
    asked = Asked()
    await trespass([], client(asked), MARKET, random.Random(1), 1)
    assert asked.requests == []


async def test_a_stranger_tries_everything_too() -> None:
    asked, dice = Asked(), random.Random(1)
    for number in range(100):
        await intrude(client(asked), MARKET, dice, number)
    assert {one.operation for one in asked.requests} == {each[0] for each in FORBIDDEN}
    assert all(one.forbidden for one in asked.requests)
