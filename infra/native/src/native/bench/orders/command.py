"""The run of `./souk bench orders`, against a shop that runs: references first, then loads.

After each load all sagas end, and all mails leave, before the next one begins. Called by
`native.bench.command`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from native.bench import report as machine_report
from native.bench.client import Connection
from native.bench.orders import broker, commits, crowd, pgbench, relaying, report
from native.bench.orders.crowd import CLIENTS, Cart, Crowd, Outcome
from native.keeper import Keeper
from native.place import Place
from native.ports import Ports
from native.progress import Progress
from native.shop.session import Session
from native.verify.judge import verify

STEADY_RATE = 200.0
OVERLOAD = 3.0
CALM = 0.7
ALONE = 100
# A buyer who wants no mails gets none.
REST_SECONDS, LOOK_SECONDS = 180.0, 0.5
# An order and its first command.
ROWS_AN_ORDER = 2
# Who goes on with an order once it is accepted.
OTHERS = ("inventory", "payments", "notifications")
AT_THE_SERVICE, THROUGH_THE_GATEWAY = "at the service", "through the gateway"


async def measure(
    session: Session, place: Place, progress: Progress, orders: int, seconds: float
) -> report.OrdersReport:
    """All of it; `seconds` is how long the loads with a rate last, and pgbench."""
    kept = session.record
    shop = Loads(session, Keeper(place), progress)
    confirmed = await shop.checkouts(orders)
    with progress.step(f"pgbench writes orders for {seconds:.0f} s"):
        reference = await pgbench.measure(kept, place, int(seconds))
    with progress.step(f"{broker.ROUND_TRIPS} round trips and {broker.MESSAGES:,} sends to Kafka"):
        kafka = await broker.measure(kept.kafka_bootstrap)
    busy = await shop.placing(orders, AT_THE_SERVICE)
    accepted = await shop.placing(orders, AT_THE_SERVICE, others_rest=True)
    through = await shop.placing(orders, THROUGH_THE_GATEWAY, others_rest=True)
    alone = await shop.alone()
    _, steady = await shop.offered(STEADY_RATE, seconds)
    with progress.step(
        f"The relay: {relaying.BACKLOG:,} rows, then {seconds:.0f} s of goal 2's rate"
    ):
        relayed = await relaying.measure(kept, accepted.per_second * ROWS_AN_ORDER, seconds)
    calm, calm_delays = await shop.offered(confirmed * CALM, seconds)
    flood, _ = await shop.offered(confirmed * OVERLOAD, seconds)
    verdict = await verify(place, progress)
    return report.OrdersReport(
        machine=machine_report.machine(),
        confirmed_per_second=confirmed,
        pgbench_per_second=reference,
        accepted_per_second=accepted.per_second,
        through_gateway_per_second=through.per_second,
        accepted_beside_sagas_per_second=busy.per_second,
        alone_p50_ms=alone.delay_ms(0.5),
        alone_p99_ms=alone.delay_ms(0.99),
        steady=steady,
        broker=kafka,
        relaying=relayed,
        calm=report.Offered.of(calm),
        calm_delays=calm_delays,
        flood=report.Offered.of(flood),
        violations=verdict.violations,
    )


class Loads:
    """The loads on one shop; each leaves no saga open."""

    def __init__(self, session: Session, keeper: Keeper, progress: Progress) -> None:
        self._session = session
        self._keeper = keeper
        self._origin = session.record.gateway_url
        service = f"http://127.0.0.1:{Ports(session.record.port_base).of('orders')}"
        self._doors = {AT_THE_SERVICE: service, THROUGH_THE_GATEWAY: self._origin}
        self._progress = progress

    async def checkouts(self, orders: int) -> float:
        """Whole checkouts of CLIENTS customers: confirmed orders a second, to the last saga."""
        crowd_ = await Crowd.gather(self._session, orders)
        loop = asyncio.get_running_loop()
        with self._progress.step(f"{orders:,} checkouts, {CLIENTS} clients, to the last saga"):
            began = loop.time()
            await crowd.closed_loop(self._origin, orders, _checkout(crowd_), CLIENTS)
            await self._settled(crowd_)
            took = loop.time() - began
            await self._at_rest(crowd_)
            return orders / took

    async def placing(self, orders: int, where: str, *, others_rest: bool = False) -> Outcome:
        """Orders on carts that were filled before: accepted orders a second.

        With `others_rest` their sagas wait until all are accepted.
        """
        crowd_ = await Crowd.gather(self._session, orders)
        carts: list[Cart] = []

        async def fill(connection: Connection) -> None:
            carts.append(await crowd_.fill(connection))

        async def place(connection: Connection) -> None:
            await crowd_.order(connection, carts.pop())

        how = "while the other services rest" if others_rest else "while their sagas run"
        with self._progress.step(f"{orders:,} orders on filled carts, {where}, {how}"):
            await crowd.closed_loop(self._origin, orders, fill, CLIENTS)
            async with self._others_resting() if others_rest else nullcontext():
                outcome = await crowd.closed_loop(self._doors[where], orders, place, CLIENTS)
            await self._at_rest(crowd_)
            return outcome

    async def alone(self) -> Outcome:
        """One client's whole checkouts, each until it is confirmed."""
        crowd_ = await Crowd.gather(self._session, ALONE)

        async def until_confirmed(connection: Connection) -> None:
            await crowd_.order(connection, await crowd_.fill(connection), wait=10)

        with self._progress.step(f"{ALONE} checkouts of one client, each until it is confirmed"):
            outcome = await crowd.closed_loop(self._origin, ALONE, until_confirmed, 1)
            await self._at_rest(crowd_)
            return outcome

    async def offered(self, rate: float, seconds: float) -> tuple[Outcome, commits.Delays]:
        """So many checkouts a second, whatever becomes of them, and how long their sagas took."""
        crowd_ = await Crowd.gather(self._session, int(rate * seconds))
        with self._progress.step(f"{rate:.0f} checkouts offered a second for {seconds:.0f} s"):
            outcome = await crowd.open_loop(self._origin, rate, seconds, _checkout(crowd_))
            await self._at_rest(crowd_)
        return outcome, await commits.delays(self._session.record, crowd_.reference)

    @asynccontextmanager
    async def _others_resting(self) -> AsyncIterator[None]:
        """Nobody goes on with orders meanwhile; replicas rest too."""
        names = [name for name in self._keeper.states() if name.startswith(OTHERS)]
        await self._keeper.stop(names)
        try:
            yield
        finally:
            for name in names:
                self._keeper.start(name)

    async def _at_rest(self, crowd_: Crowd) -> None:
        """What a load left for later must not slow the next one, should it take minutes."""
        await self._settled(crowd_)
        for _ in range(int(REST_SECONDS / LOOK_SECONDS)):
            if not await commits.untold(self._session.record, crowd_.reference):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _settled(self, crowd_: Crowd) -> None:
        path = f"/v1/orders?reference={crowd_.reference}&status=pending&limit=1"
        while True:
            headers = await self._session.operator.headers()
            page = (await self._session.api.send("GET", path, headers=headers)).json()
            if not page["items"]:
                return
            await asyncio.sleep(0.05)


def _checkout(crowd_: Crowd) -> crowd.Purchase:
    async def checkout(connection: Connection) -> None:
        await crowd_.order(connection, await crowd_.fill(connection))

    return checkout
