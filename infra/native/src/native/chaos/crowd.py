"""The load of a chaos run: buyers who come at the asked rate, and staff who work meanwhile.

Buyers come whether or not those before them were served, up to as many as a small shop has at once.
When the load is over, everybody ends what they began; each request is bounded by its patience.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import httpx

from native.chaos.buyers import Buyer, Wish, cart_token
from native.chaos.client import REQUEST_SECONDS, Client, Headers, nobody
from native.chaos.journeys import Journey, Route
from native.chaos.market import Market
from native.chaos.staff import (
    Deed,
    change_price,
    count_stock,
    intrude,
    keep_doing,
    trespass,
)
from native.shop.session import Session
from native.verify.client_log import ClientLog

# More at once than one machine can serve would show what an overload does, and no fault.
MOST_AT_ONCE, MOST_ON_THE_WAY = 32, 12
# Who does what, and the mean pause between two deeds in seconds.
STAFF: Mapping[str, tuple[Deed, float]] = {
    "stock-keeper": (count_stock, 2.0),
    "merchandiser": (change_price, 3.0),
    "stranger": (intrude, 2.0),
}
TRESPASSER, TRESPASS_PAUSE = "trespasser", 2.0


@dataclass
class Tally:
    """How many buyers came, and which orders they were told of."""

    buyers: int = 0
    orders: list[str] = field(default_factory=list)


class Crowd:
    """Everybody who calls the shop during one run."""

    def __init__(self, session: Session, market: Market, log: ClientLog, seed: int) -> None:
        self._session = session
        self._market = market
        self._log = log
        self._seed = seed
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._road = asyncio.Semaphore(MOST_ON_THE_WAY)
        self._over = asyncio.Event()
        self.tally = Tally()

    async def work(self, seconds: float, rate: float) -> None:
        """Sends in `rate` buyers a second for so long, and returns when the last has left."""
        limits = httpx.Limits(max_connections=2 * MOST_AT_ONCE, max_keepalive_connections=50)
        origin = self._session.record.gateway_url
        async with (
            httpx.AsyncClient(
                base_url=origin, limits=limits, timeout=REQUEST_SECONDS, trust_env=False
            ) as http,
            asyncio.TaskGroup() as group,
        ):
            for name, (deed, pause) in STAFF.items():
                headers = nobody if deed is intrude else self._session.operator.headers
                group.create_task(self._keep_doing(http, name, deed, pause, headers))
            # A guest like all others, with a cart's secret, but not that of any order.
            deed, guest = partial(trespass, self.tally.orders), self._guest(0)
            group.create_task(self._keep_doing(http, TRESPASSER, deed, TRESPASS_PAUSE, guest))
            await self._send_buyers(http, group, seconds, rate)
            self._over.set()

    async def _keep_doing(
        self, http: httpx.AsyncClient, name: str, deed: Deed, pause: float, headers: Headers
    ) -> None:
        client, dice = self._client(http, name, headers), self._dice(f"deeds of {name}")
        await keep_doing(deed, client, self._market, dice, pause, self._over)

    async def _send_buyers(
        self, http: httpx.AsyncClient, group: asyncio.TaskGroup, seconds: float, rate: float
    ) -> None:
        dice, loop = self._dice("arrivals"), asyncio.get_running_loop()
        due = began = loop.time()
        while (due := due + dice.expovariate(rate)) < began + seconds:
            await asyncio.sleep(max(0.0, due - loop.time()))
            self.tally.buyers += 1
            group.create_task(self._serve(http, self.tally.buyers))

    async def _serve(self, http: httpx.AsyncClient, number: int) -> None:
        wish = Wish.draw(self._seed, number, self._market)
        async with self._room:
            order = await Buyer(wish, self._client(http, wish.name, self._guest(number))).shop()
        if order is not None:
            self.tally.orders.append(order)
            await self._send_on(http, order, Route.draw(self._dice(f"route of {wish.name}")))

    async def _send_on(self, http: httpx.AsyncClient, order: str, route: Route) -> None:
        staff = self._client(http, "warehouse", self._session.operator.headers)
        async with self._road:
            await Journey(order, route, staff).go()

    def _guest(self, number: int) -> Headers:
        secret = {"Cart-Token": cart_token(self._seed, number)}

        async def headers() -> Mapping[str, str]:
            return secret

        return headers

    def _client(self, http: httpx.AsyncClient, caller: str, headers: Headers) -> Client:
        return Client(http, self._log, self._dice(caller), caller=caller, headers=headers)

    def _dice(self, purpose: str) -> random.Random:
        return random.Random(f"{self._seed} {purpose}")  # noqa: S311
