"""Many callers at once for what only few can have; each race says what has to come of it.

The end-to-end tests run each once and small, `./souk test reliability` at full size, 20 times over.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from tests.e2e.buyers import insist
from tests.e2e.shop import Shop, eventually

T = TypeVar("T")
AT_ONCE = 100
SOMEBODY = {"email": "racer@example.com", "name": "Rae Racer"}
SETTLED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Callers:
    """Those who take part in a race."""

    anybody: Shop
    merchandiser: Shop
    warehouse: Shop
    support: Shop


async def together(runners: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All of them, AT_ONCE at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def run(runner: Coroutine[Any, Any, T]) -> T:
        async with room:
            return await runner

    return await asyncio.gather(*map(run, runners))


async def new_ware(callers: Callers, units: int) -> str:
    """A SKU that nobody else buys, with so many units; it can be bought as this returns."""
    sku = await _prize(callers.merchandiser)
    stock = {"reason": "race", "lines": [{"sku": sku, "delta": units}]}

    async def put_in() -> int:
        path = "/v1/stock-adjustments"
        added = await callers.warehouse.call("POST", path, stock, Idempotency_Key=f"race-{sku}")
        return added.status_code

    async def add_to_cart() -> int:
        guest = callers.anybody.as_guest()
        cart = (await insist(lambda: guest.call("POST", "/v1/carts"))).headers["location"]
        line = {"items": [{"sku": sku, "quantity": 1}]}
        return (await guest.call("PUT", f"{cart}/items", line)).status_code

    await eventually(put_in, lambda status: status == 201)
    await eventually(add_to_cart, lambda status: status == 200)
    return sku


async def _prize(merchandiser: Shop) -> str:
    """The SKU of a new product; the real catalogue has one code in forty already."""
    while True:
        code = f"{secrets.randbelow(90_000) + 10_000}"
        variant = {"sku": f"{code}R", "name": "Prize", "price": {"amount": 100, "currency": "GBP"}}
        body = {"code": code, "name": f"PRIZE {secrets.token_hex(4)}", "variants": [variant]}
        key = secrets.token_hex(8)
        made = await merchandiser.call("POST", "/v1/products", body, Idempotency_Key=key)
        if made.status_code != 409:
            assert made.status_code == 201, made.text
            return f"{code}R"


async def place(guest: Shop, sku: str, key: str | None = None, units: int = 1) -> httpx.Response:
    """The answer to an order of so many units."""
    made = await insist(lambda: guest.call("POST", "/v1/carts"))
    path = made.headers["location"]
    line = {"items": [{"sku": sku, "quantity": units}]}
    filled = await insist(lambda: guest.call("PUT", f"{path}/items", line))
    etag, name = filled.headers["etag"], key or secrets.token_hex(8)
    return await insist(lambda: guest.place(path, etag, key=name, wait=0, contact=SOMEBODY))


async def settled(guest: Shop, order: str) -> dict[str, Any]:
    """The order as soon as it is not pending any more."""

    async def look() -> dict[str, Any]:
        # A refusal has a status too, its number.
        return dict((await insist(lambda: guest.call("GET", order))).json())

    return await eventually(look, lambda seen: seen["status"] != "pending", SETTLED_SECONDS)


async def many_buyers_for_few_units(callers: Callers, buyers: int, units: int) -> None:
    """Exactly as many orders are confirmed as there were units; the rest are out of stock."""
    sku = await new_ware(callers, units)
    guests = [callers.anybody.as_guest() for _ in range(buyers)]
    placed = await together([place(guest, sku) for guest in guests])
    paths = [answer.headers["location"] for answer in placed]
    orders = await together(
        [settled(guest, path) for guest, path in zip(guests, paths, strict=True)]
    )
    states = Counter(order["status"] for order in orders)
    assert states == {"confirmed": units, "rejected": buyers - units}, states
    stock = (await callers.warehouse.call("GET", f"/v1/stock/{sku}")).json()
    assert (stock["available"], stock["reserved"], stock["sold"]) == (0, 0, units)


async def one_key_many_times(callers: Callers, requests: int) -> None:
    """One order comes of it, and every answer names it."""
    sku = await new_ware(callers, requests)
    guest, key = callers.anybody.as_guest(), secrets.token_hex(8)
    path = (await insist(lambda: guest.call("POST", "/v1/carts"))).headers["location"]
    line = {"items": [{"sku": sku, "quantity": 1}]}
    etag = (await guest.call("PUT", f"{path}/items", line)).headers["etag"]

    def order() -> Coroutine[Any, Any, httpx.Response]:
        return insist(lambda: guest.place(path, etag, key=key, wait=0, contact=SOMEBODY))

    answers = await together([order() for _ in range(requests)])
    assert {answer.status_code for answer in answers} == {201}
    (location,) = {answer.headers["location"] for answer in answers}
    assert (await settled(guest, location))["status"] == "confirmed"
    stock = (await callers.warehouse.call("GET", f"/v1/stock/{sku}")).json()
    assert (stock["available"], stock["sold"]) == (requests - 1, 1)


async def confirmed(callers: Callers, sku: str) -> tuple[Shop, str]:
    """A guest, and the path of their order that is confirmed."""
    guest = callers.anybody.as_guest()
    path = (await place(guest, sku)).headers["location"]
    assert (await settled(guest, path))["status"] == "confirmed"
    return guest, path


async def cancelled_while_packed(callers: Callers, orders: int) -> None:
    """Of each order either the buyer or the warehouse has it, and the other one is told so."""
    sku = await new_ware(callers, orders)
    found = await together([confirmed(callers, sku) for _ in range(orders)])

    async def race(guest: Shop, path: str) -> tuple[int, int, str]:
        cancelled, packed = await asyncio.gather(
            guest.call("POST", f"{path}/cancellation"),
            callers.warehouse.call("POST", f"{path}/packing"),
        )
        status = (await guest.call("GET", path)).json()["status"]
        return cancelled.status_code, packed.status_code, status

    ends = set(await together([race(guest, path) for guest, path in found]))
    assert ends <= {(200, 409, "cancelled"), (409, 200, "packed")}


async def refunded_twice_at_once(callers: Callers, requests: int) -> None:
    """All the money goes back once, however many ask for it at the same time."""
    guest, path = await confirmed(callers, await new_ware(callers, 1))
    packed = await callers.warehouse.call("POST", f"{path}/packing")
    assert packed.status_code == 200, packed.text
    key = secrets.token_hex(8)
    shipped = await callers.warehouse.call("POST", f"{path}/shipments", {}, Idempotency_Key=key)
    assert shipped.status_code == 201, shipped.text
    await _money(guest, path, "captured", 100)

    async def refund() -> int:
        body, key = {"reason": "race"}, secrets.token_hex(8)
        asked = await callers.support.call("POST", f"{path}/refunds", body, Idempotency_Key=key)
        return asked.status_code

    answers = Counter(await together([refund() for _ in range(requests)]))
    assert answers[201] == 1, answers
    assert set(answers) <= {201, 409}
    await _money(guest, path, "refunded", 100)


async def _money(guest: Shop, path: str, what: str, pence: int) -> None:
    async def look() -> int:
        return int((await guest.call("GET", path)).json()[what]["amount"])

    await eventually(look, lambda seen: seen == pence, SETTLED_SECONDS)


async def one_coupon_for_many(callers: Callers, buyers: int) -> None:
    """One order gets the discount; the others are shown their cart at the whole price first."""
    sku, code = await new_ware(callers, buyers), f"RACE-{secrets.token_hex(5).upper()}"
    benefit = {"kind": "percentage", "percent": 50}
    offer = {"name": "Half", "code": code, "benefit": benefit, "limit": 1}
    made = await callers.merchandiser.call("POST", "/v1/promotions", offer, Idempotency_Key=code)
    assert made.status_code == 201, made.text

    async def fill(guest: Shop) -> tuple[Shop, str, str]:
        path = (await insist(lambda: guest.call("POST", "/v1/carts"))).headers["location"]
        line = {"items": [{"sku": sku, "quantity": 1}]}
        await guest.call("PUT", f"{path}/items", line)
        seen = await guest.call("PUT", f"{path}/codes/{code}")
        assert seen.json()["amounts"]["discount"]["amount"] == 50, seen.text
        return guest, path, seen.headers["etag"]

    carts = await together([fill(callers.anybody.as_guest()) for _ in range(buyers)])
    answers = await together(
        [guest.place(path, etag, wait=0, contact=SOMEBODY) for guest, path, etag in carts]
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: buyers - 1}
    (bought,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert bought["total"]["amount"] == 50
