"""The run of `./souk bench orders`, against a shop that runs: references first, then loads.

After each load all sagas end before the next one begins. Called by `native.bench.command`.
"""

import asyncio

from native.bench import report as machine_report
from native.bench.client import Connection
from native.bench.orders import broker, commits, crowd, pgbench, relaying, report
from native.bench.orders.crowd import CLIENTS, Cart, Crowd, Outcome
from native.place import Place
from native.ports import Ports
from native.progress import Progress
from native.shop.session import Session
from native.verify.judge import verify

STEADY_RATE = 200.0
OVERLOAD = 3.0
CALM = 0.7
ALONE = 100
# An order and its first command.
ROWS_AN_ORDER = 2


async def measure(
    session: Session, place: Place, progress: Progress, orders: int, seconds: float
) -> report.OrdersReport:
    """All of it; `seconds` is how long the loads with a rate last, and pgbench."""
    kept = session.record
    shop = Loads(session, progress)
    confirmed = await shop.checkouts(orders)
    with progress.step(f"pgbench writes orders for {seconds:.0f} s"):
        reference = await pgbench.measure(kept, place, int(seconds))
    with progress.step(f"{broker.ROUND_TRIPS} round trips and {broker.MESSAGES:,} sends to Kafka"):
        kafka = await broker.measure(kept.kafka_bootstrap)
    service = f"http://127.0.0.1:{Ports(kept.port_base).of('orders')}"
    accepted = await shop.placing(orders, service, "at the service")
    through = await shop.placing(orders, kept.gateway_url, "through the gateway")
    alone = await shop.alone()
    steady = await shop.steady(seconds)
    with progress.step(
        f"The relay: {relaying.BACKLOG:,} rows, then {seconds:.0f} s of goal 2's rate"
    ):
        relayed = await relaying.measure(kept, accepted.per_second * ROWS_AN_ORDER, seconds)
    calm = await shop.offered(confirmed * CALM, seconds)
    flood = await shop.offered(confirmed * OVERLOAD, seconds)
    verdict = await verify(place, progress)
    return report.OrdersReport(
        machine=machine_report.machine(),
        confirmed_per_second=confirmed,
        pgbench_per_second=reference,
        accepted_per_second=accepted.per_second,
        through_gateway_per_second=through.per_second,
        alone_p50_ms=alone.delay_ms(0.5),
        alone_p99_ms=alone.delay_ms(0.99),
        steady=steady,
        broker=kafka,
        relaying=relayed,
        calm=report.Offered.of(calm),
        flood=report.Offered.of(flood),
        violations=verdict.violations,
    )


class Loads:
    """The loads on one shop; each leaves no saga open."""

    def __init__(self, session: Session, progress: Progress) -> None:
        self._session = session
        self._origin = session.record.gateway_url
        self._progress = progress

    async def checkouts(self, orders: int) -> float:
        """Whole checkouts of CLIENTS customers: confirmed orders a second, to the last saga."""
        crowd_ = await Crowd.gather(self._session, orders)
        loop = asyncio.get_running_loop()
        with self._progress.step(f"{orders:,} checkouts, {CLIENTS} clients, to the last saga"):
            began = loop.time()
            await crowd.closed_loop(self._origin, orders, _checkout(crowd_), CLIENTS)
            await self._settled(crowd_)
            return orders / (loop.time() - began)

    async def placing(self, orders: int, origin: str, where: str) -> Outcome:
        """Orders on carts that were filled before: accepted orders a second."""
        crowd_ = await Crowd.gather(self._session, orders)
        carts: list[Cart] = []

        async def fill(connection: Connection) -> None:
            carts.append(await crowd_.fill(connection))

        async def place(connection: Connection) -> None:
            await crowd_.order(connection, carts.pop())

        with self._progress.step(f"{orders:,} orders on filled carts, {where}"):
            await crowd.closed_loop(self._origin, orders, fill, CLIENTS)
            outcome = await crowd.closed_loop(origin, orders, place, CLIENTS)
            await self._settled(crowd_)
            return outcome

    async def alone(self) -> Outcome:
        """One client's whole checkouts, each until it is confirmed."""
        crowd_ = await Crowd.gather(self._session, ALONE)

        async def until_confirmed(connection: Connection) -> None:
            await crowd_.order(connection, await crowd_.fill(connection), wait=10)

        with self._progress.step(f"{ALONE} checkouts of one client, each until it is confirmed"):
            return await crowd.closed_loop(self._origin, ALONE, until_confirmed, 1)

    async def steady(self, seconds: float) -> commits.Delays:
        """STEADY_RATE checkouts a second; from commit to commit as the databases say."""
        crowd_ = await Crowd.gather(self._session, int(STEADY_RATE * seconds))
        with self._progress.step(f"{STEADY_RATE:.0f} checkouts a second for {seconds:.0f} s"):
            await crowd.open_loop(self._origin, STEADY_RATE, seconds, _checkout(crowd_))
            await self._settled(crowd_)
        return await commits.delays(self._session.record, crowd_.reference)

    async def offered(self, rate: float, seconds: float) -> Outcome:
        """So many checkouts a second, whatever becomes of them."""
        crowd_ = await Crowd.gather(self._session, int(rate * seconds))
        with self._progress.step(f"{rate:.0f} checkouts offered a second for {seconds:.0f} s"):
            outcome = await crowd.open_loop(self._origin, rate, seconds, _checkout(crowd_))
            await self._settled(crowd_)
            return outcome

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
