"""Those who work in the shop meanwhile: they count stock and change prices.

Each does one thing after another until the load is over, drawn from the seed. A stranger tries
what nobody may do, and a guest what no guest may do to the orders of others: neither must ever
succeed (I9).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from native.chaos.client import Client, Request
from native.chaos.market import Market

Deed = Callable[[Client, Market, random.Random, int], Awaitable[None]]
MOST_MOVED = 5
FORBIDDEN = (
    ("adjust_stock", "POST", "/v1/stock-adjustments"),
    ("list_payments", "GET", "/v1/payments"),
    ("list_orders", "GET", "/v1/orders"),
    ("list_messages", "GET", "/v1/messages"),
    ("get_ledger_balance", "GET", "/v1/ledger/balance"),
)
# Of somebody else's order, by its path: what its owner may do, and what only the staff may.
TRESPASSES = (
    ("read_order", "GET", ""),
    ("read_timeline", "GET", "/timeline"),
    ("cancel_order", "POST", "/cancellation"),
    ("request_return", "POST", "/returns"),
    ("pack_order", "POST", "/packing"),
    ("ship_order", "POST", "/shipments"),
    ("refund_order", "POST", "/refunds"),
)


async def count_stock(client: Client, market: Market, dice: random.Random, number: int) -> None:
    """Moves a few units of a SKU in or out."""
    ware = dice.choice(market.plenty)
    delta = dice.choice([-1, 1]) * dice.randint(1, MOST_MOVED)
    body = {"reason": "chaos", "lines": [{"sku": ware.sku, "delta": delta}]}
    key = f"chaos-stock-{number}-{dice.getrandbits(64):x}"
    path = "/v1/stock-adjustments"
    await client.ask(Request("adjust_stock", "POST", path, body, key, causes=(409,)))


async def change_price(client: Client, market: Market, dice: random.Random, number: int) -> None:  # noqa: ARG001
    """Gives a SKU another price, on the product as it was seen."""
    ware = dice.choice(market.plenty)
    amount = max(1, round(ware.price * dice.uniform(0.8, 1.25)))
    seen = await client.ask(Request("get_product", "GET", f"/v1/products/{ware.slug}"))
    if seen is None or not seen.is_success:
        return
    path = f"/v1/products/{ware.slug}/variants/{ware.sku}/price"
    body = {"amount": amount, "currency": "GBP"}
    headers = {"If-Match": seen.headers["etag"]}
    causes = (409, 412)
    await client.ask(Request("change_price", "PUT", path, body, headers=headers, causes=causes))


async def intrude(client: Client, market: Market, dice: random.Random, number: int) -> None:
    """Tries what a stranger may not do."""
    operation, method, path = dice.choice(FORBIDDEN)
    body = None
    if method == "POST":
        line = {"sku": dice.choice(market.plenty).sku, "delta": 1000}
        body = {"reason": "theft", "lines": [line]}
    key = None if body is None else f"chaos-theft-{number}"
    await client.ask(Request(operation, method, path, body, key, forbidden=True))


async def trespass(
    orders: Sequence[str], client: Client, market: Market, dice: random.Random, number: int
) -> None:
    """Tries what a guest may not do to the order of another; with its orders it is a Deed."""
    if not orders:
        return
    operation, method, rest = dice.choice(TRESPASSES)
    path = f"/v1/orders/{dice.choice(orders)}{rest}"
    lines = {"lines": [{"sku": dice.choice(market.plenty).sku, "quantity": 1}]}
    bodies = {"request_return": lines | {"reason": "theft"}, "ship_order": {}}
    bodies["refund_order"] = {"reason": "theft"}
    key = f"chaos-trespass-{number}" if method == "POST" else None
    await client.ask(Request(operation, method, path, bodies.get(operation), key, forbidden=True))


async def keep_doing(
    deed: Deed,
    client: Client,
    market: Market,
    dice: random.Random,
    pause: float,
    over: asyncio.Event,
) -> None:
    """One deed after another until `over`; `pause` is the mean of the seconds between them."""
    number = 0
    while not over.is_set():
        await asyncio.sleep(dice.expovariate(1 / pause))
        number += 1
        await deed(client, market, dice, number)
