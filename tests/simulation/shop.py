"""The shop of one run: the services' own wiring, on databases and a broker in memory.

`bootstrap` of each service says which consumers, relays and workers there are; only its unit of
work, the drivers and the payment provider are replaced. A process dies and is started as a whole.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

import chassis.consumer
import chassis.producer
import chassis.relay
import chassis.worker
import inventory.adapters.unit_of_work
import inventory.bootstrap
import orders.adapters.unit_of_work
import orders.bootstrap
import payments.adapters.unit_of_work
import payments.bootstrap
import payments.consumers.provider_desk
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.relay import Relay
from chassis.worker import Wakeup
from inventory.domain.stock import Stock
from orders.domain.money import Money
from orders.domain.pricing import Price
from payments.settings import PaymentsSettings
from tests.simulation.broker import Broker, GroupMember, Producer, partition_of
from tests.simulation.database import Database
from tests.simulation.engine import DirectConnection, Engine
from tests.simulation.plan import PRICES, SERVICES, Plan
from tests.simulation.provider import Provider
from tests.simulation.stores.inventory import InventoryUnitOfWork
from tests.simulation.stores.orders import Carts, OrdersUnitOfWork
from tests.simulation.stores.payments import PaymentsUnitOfWork
from tests.simulation.virtual import bound, time_and_ids
from tests.simulation.world import Process, World

# Polls only catch lost wake-ups, of which a run has few; the real seconds would be most of it.
POLL_SECONDS = 20.0
NOT_HERE = ("metrics", "purge")


class Shop:
    """Three services, their databases, the broker and the provider."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.broker = Broker(world)
        self.databases = {name: Database(world, name) for name in SERVICES}
        self.provider = Provider(world)
        self.carts = Carts(world)
        self.processes: dict[str, list[Process]] = {name: [] for name in SERVICES}
        self.starting = 0
        self._lives: Counter[str] = Counter()
        stock = self.databases["inventory"].tables["stock"]
        stock.update({sku: Stock(sku, units) for sku, units in world.plan.stock.items()})
        OrdersUnitOfWork.prices.stored.clear()
        OrdersUnitOfWork.prices.put_on_sale(
            *(Price(sku, sku, Money(amount, "GBP")) for sku, amount in PRICES.items())
        )

    def start(self, service: str) -> None:
        """Starts a process of a service, with all of its parts."""
        self._lives[service] += 1
        process = Process(service, f"{service} {self._lives[service]}")
        self.processes[service].append(process)
        for component in self._components(service):
            self.world.spawn(process, self._run(process, component))

    def crash(self, service: str, seconds: float) -> None:
        """Kills every process of a service; one is started after so many seconds."""
        killed, self.processes[service] = self.processes[service], []
        for process in killed:
            self.world.kill(process)
        if killed:
            self.starting += 1
            self.world.loop.call_later(seconds, self._start_again, service)

    def _start_again(self, service: str) -> None:
        self.starting -= 1
        self.world.tell(f"{service} starts again")
        self.start(service)

    async def _run(self, process: Process, component: Component) -> None:
        try:
            await component.run()
        except Exception as error:  # noqa: BLE001  the process would end, and so does this one
            self.world.failures.append(f"{component.name} failed: {error!r}")
            self.world.tell(f"{component.name} fails: {error!r}")
            if process.alive:
                self.crash(process.service, 1.0)

    def _components(self, service: str) -> Sequence[Component]:
        engine: Any = Engine(self.databases[service])
        producer = EventProducer("kafka", client_id=service)
        relay = Relay(dsn=service, producer=producer, name=service)
        others = _PARTS[service](self, engine)
        return [relay, *(c for c in others if not any(word in c.name for word in NOT_HERE))]

    def _orders(self, engine: Any) -> Sequence[Component]:
        return [*orders.bootstrap.consumers("kafka", engine), *orders.bootstrap.workers(engine)]

    def _inventory(self, engine: Any) -> Sequence[Component]:
        seconds = self.world.plan.hold_seconds
        consumers = inventory.bootstrap.consumers("kafka", engine, seconds)
        return [*consumers, inventory.bootstrap.expiry_worker(engine)]

    def _payments(self, engine: Any) -> Sequence[Component]:
        settings = _settings()
        wakeup = Wakeup("payments", name="payments-wakeup")
        desks = payments.bootstrap.provider_desks(settings, wakeup, engine, self.provider)
        return [payments.bootstrap.command_consumer(settings, engine), wakeup, *desks]


_PARTS: dict[str, Callable[[Shop, Any], Sequence[Component]]] = {
    "orders": Shop._orders,
    "inventory": Shop._inventory,
    "payments": Shop._payments,
}


@cache
def _settings() -> PaymentsSettings:
    return PaymentsSettings(kafka_bootstrap="kafka", database_url="payments")


class Stage:
    """Where the run of the moment plays: what is bound in the modules looks here."""

    shop: Shop

    def set(self, plan: Plan, *, telling: bool = False) -> Shop:
        """A new shop in a world of its own, in the place of the one before."""
        self.shop = Shop(World(plan, telling=telling))
        return self.shop


@contextmanager
def stage() -> Iterator[Stage]:
    """Binds the services' modules to a stage, for as many runs as one likes."""
    here = Stage()

    def member(*topics: str, group_id: str, **_: Any) -> GroupMember:
        return GroupMember(here.shop.broker, topics, group_id)

    def producer(*, client_id: str, **_: Any) -> Producer:
        return Producer(here.shop.broker, client_id)

    class Driver:
        """Stands for the module asyncpg."""

        @staticmethod
        async def connect(dsn: str, **_: Any) -> DirectConnection:
            await here.shop.world.op("read", f"{dsn} connect", lambda: None)
            return DirectConnection(here.shop.databases[dsn])

    names = time_and_ids(lambda: here.shop.world) | {
        orders.adapters.unit_of_work.OrdersUnitOfWork: OrdersUnitOfWork,
        inventory.adapters.unit_of_work.InventoryUnitOfWork: InventoryUnitOfWork,
        payments.adapters.unit_of_work.PaymentsUnitOfWork: PaymentsUnitOfWork,
        AIOKafkaConsumer: member,
        AIOKafkaProducer: producer,
        DefaultPartitioner: lambda: partition_of,
    }
    places = {
        (chassis.relay, "asyncpg"): Driver,
        (chassis.worker, "asyncpg"): Driver,
        (chassis.relay, "_POLL_SECONDS"): POLL_SECONDS,
        (orders.bootstrap, "TIMER_SECONDS"): POLL_SECONDS,
        (inventory.bootstrap, "EXPIRY_POLL_SECONDS"): POLL_SECONDS,
        (payments.consumers.provider_desk, "_POLL_SECONDS"): POLL_SECONDS,
    }
    with bound(names, places), _silence():
        yield here


@contextmanager
def _silence() -> Iterator[None]:
    """The services say a lot when they are tormented, and nobody is to read it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
