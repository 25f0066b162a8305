"""A walk through the failpoints of a running shop: at each one a process dies, and others go on.

In a round, one point is armed in each of several services: its supervised process gives way to one
of ours with `SOUK_FAILPOINTS`, people buy, ship and register until that one has died at the point,
and the supervised one starts again. What was lost on the way is looked for afterwards.
"""

import asyncio
import os
import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from chassis.envelope import new_event
from chassis.failpoints import POINTS
from chassis.producer import EventProducer, Outgoing
from tests.e2e.buyers import Buyer, attempt, buy_and_insist
from tests.e2e.processes import Processes
from tests.e2e.shop import Shop
from tests.reliability.merchant import Merchant

SQL = ("orders", "inventory", "payments", "notifications", "auth")
CONSUMING = ("orders", "inventory", "payments", "notifications", "catalog")
# Where each group of points is come by while people buy, ship, register and change prices.
PLACES: Mapping[str, Sequence[str]] = {
    "transaction": SQL,
    # Inventory forgets one table only, every ten minutes: nobody waits for its second time.
    "upkeep": ("orders", "payments", "notifications", "auth", "catalog"),
    "document": ("catalog",),
    "relay": (*SQL, "catalog"),
    "producer": (*SQL, "catalog"),
    "consumer": CONSUMING,
    "consumer.before_dead_letter": ("inventory",),
    "consumer.after_dead_letter": ("inventory",),
    "mail": ("notifications", "auth"),
    "provider": ("payments",),
    "webhook": ("notifications",),
}
PATIENCE = 90.0
# Nobody here buys it: whoever does would find that the price is another by now.
SLUG, SKU = "white-metal-lantern", "71053"


@dataclass(frozen=True, slots=True)
class Stop:
    """A process dies when it comes by the point for the `hit`-th time."""

    service: str
    point: str
    hit: int


def places_of(point: str) -> Sequence[str]:
    """The services that come by a point."""
    return PLACES.get(point) or PLACES[point.partition(".")[0]]


def rounds_of(seed: int, points: Sequence[str] = tuple(POINTS)) -> list[list[Stop]]:
    """Every point once, in a service that the seed draws; one for each service in a round."""
    draw = random.Random(seed)
    left = [Stop(draw.choice(places_of(p)), p, draw.randint(1, 2)) for p in points]
    rounds = []
    while left:
        chosen = {stop.service: stop for stop in left}
        rounds.append(list(chosen.values()))
        left = [stop for stop in left if stop not in chosen.values()]
    return rounds


@dataclass
class Walk:
    """Who works here signs in before anything dies, and anew in each round: a token lives 300 s.

    The merchant hears of each order by webhook.
    """

    processes: Processes
    stack: Any
    shop: Shop
    merchant: Merchant
    buyers: list[Buyer] = field(default_factory=list)
    warehouse: Shop = field(init=False)
    merchandiser: Shop = field(init=False)

    async def go(self, stops: Sequence[Stop]) -> dict[Stop, int | None]:
        """One round; the status with which each process ended, None where it never did."""
        self.warehouse = await self.shop.sign_in("warehouse@souk.example")
        self.merchandiser = await self.shop.sign_in("merchandiser@souk.example")
        await self.processes.keeper.stop([stop.service for stop in stops])
        doomed = {stop: await self._start(stop) for stop in stops}
        over = asyncio.Event()
        people = [asyncio.create_task(work) for work in self._people(over)]
        try:
            ends = await asyncio.gather(*(self._end(s, p) for s, p in doomed.items()))
        finally:
            over.set()
            await asyncio.gather(*people)
        told = [buyer.told.rpartition("/")[2] for buyer in self.buyers]
        await self.merchant.until_told(told, self.merchandiser)
        return dict(zip(doomed, ends, strict=True))

    async def _start(self, stop: Stop) -> asyncio.subprocess.Process:
        known = self.processes.known(stop.service)
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SOUK_"))}
        armed = {"SOUK_FAILPOINTS": f"{stop.point}=crash@{stop.hit}"}
        return await asyncio.create_subprocess_exec(
            *known.command,
            cwd=self.processes.place.home,
            env={**own, **known.environment, **armed},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def _end(self, stop: Stop, process: asyncio.subprocess.Process) -> int | None:
        """Waits until it has died of its point, and has the supervised one take its place."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            return None
        finally:
            self.processes.keeper.start(stop.service)
            await self.processes.until_ready(stop.service)

    def _people(self, over: asyncio.Event) -> Iterator[Any]:
        yield from (self._buy(over), self._buy(over), self._ship(over))
        yield from (self._register(over), self._price(over), self._poison(over))

    async def _buy(self, over: asyncio.Event) -> None:
        while not over.is_set():
            buyer = Buyer(self.shop.as_guest())
            await buy_and_insist(buyer)
            self.buyers.append(buyer)

    async def _ship(self, over: asyncio.Event) -> None:
        """Packs and ships what was bought; what is refused or unanswered stays as it is."""
        while not over.is_set():
            await asyncio.sleep(0.5)
            for buyer in self.buyers[-2:]:
                for part in ("packing", "shipments"):
                    await self._try(self.warehouse, "POST", f"{buyer.told}/{part}", {})

    async def _register(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await asyncio.sleep(0.5)
            name = secrets.token_hex(6)
            body = {"email": f"{name}@example.com", "name": "Nele", "password": f"pw-{name}-{name}"}
            await self._try(self.shop, "POST", "/v1/users", body)

    async def _price(self, over: asyncio.Event) -> None:
        """Gives a product the price that it has, and another one, in turns."""
        amount = 295
        while not over.is_set():
            await asyncio.sleep(0.7)
            seen = await self._try(self.merchandiser, "GET", f"/v1/products/{SLUG}")
            if seen is not None and seen.is_success:
                amount = 296 if amount == 295 else 295
                path = f"/v1/products/{SLUG}/variants/{SKU}/price"
                body = {"amount": amount, "currency": "GBP"}
                etag = seen.headers["etag"]
                await self._try(self.merchandiser, "PUT", path, body, If_Match=etag)

    async def _poison(self, over: asyncio.Event) -> None:
        """Messages that inventory can do nothing with."""
        producer = EventProducer(self.stack.kafka_bootstrap)
        await producer.start()
        while not over.is_set():
            about, kind = secrets.token_hex(8), "inventory.reserve_stock.v1"
            broken = new_event(source="/walk", type=kind, subject=about, sequence=1, data={})
            await producer.send_all([Outgoing("inventory.commands", about, broken.to_json())])
            await asyncio.sleep(3)
        await producer.stop()

    async def _try(
        self, shop: Shop, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response | None:
        """One request with a key of its own; None when the connection broke."""
        key = secrets.token_hex(8)
        return await attempt(lambda: shop.call(method, path, body, Idempotency_Key=key, **headers))


async def violations_of(processes: Processes) -> list[str]:
    """What `./souk verify` says of the stack, a line for each kind of violation."""
    place = processes.place
    program = await asyncio.create_subprocess_exec(
        *("./souk", "verify", "--json"),
        env={**os.environ, "SOUK_HOME": str(place.home), "SOUK_TOOLS": str(place.tools)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await program.communicate()
    found = [one for one in orjson.loads(said)["invariants"] if one["violations"]]
    return [f"{one['name']} {one['by_clause']} {one['examples']}" for one in found]
