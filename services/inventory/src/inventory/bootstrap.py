"""Inventory's composition root: the only module that knows the adapters.

`main.py` and the integration tests call it; nothing connects before the process starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.application import create_app
from chassis.clock import utcnow
from chassis.consumer import Consumer
from chassis.database import create_engine, database_check, disposing
from chassis.delivery import Handler
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.purge import Purge, purge_worker
from chassis.relay import Relay
from chassis.tokens import TokenVerifier
from chassis.worker import Worker
from inventory.adapters.queries import SqlQueries
from inventory.adapters.tables import plumbing
from inventory.adapters.unit_of_work import InventoryUnitOfWork
from inventory.api.dependencies import Services
from inventory.api.problems import PROBLEMS
from inventory.api.routes import router
from inventory.application.expire_reservations import expire_reservations
from inventory.consumers import catalog_events, inventory_commands
from inventory.settings import InventorySettings

NAME = "inventory"
EXPIRY_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one process runs."""

    app: FastAPI
    components: Sequence[Component]


def bootstrap(settings: InventorySettings, *, verifier: TokenVerifier | None = None) -> Inventory:
    """Puts the parts that `settings.run` asks for together; ValueError without a database."""
    engine = create_engine(settings.dsn, name=NAME)
    components: list[Component] = []
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap, client_id=NAME)
        components.append(Relay(dsn=settings.dsn, producer=producer, name=NAME))
    if settings.runs("consumers"):
        components += consumers(settings.kafka_bootstrap, engine, settings.reservation_seconds)
    if settings.runs("workers"):
        # An adjustment is booked once for its key however late: stock lists are imported again.
        purge = Purge(engine, plumbing, keys_kept=None)
        components += [expiry_worker(engine), purge_worker(NAME, purge)]
    return Inventory(_app(settings, engine, verifier), components)


Handlers = Mapping[str, Handler[InventoryUnitOfWork]]


def consumers(
    kafka: str, engine: AsyncEngine, reservation_seconds: int, prefix: str = ""
) -> list[Consumer[InventoryUnitOfWork]]:
    """Makes the two consumers; a test gives its topics and groups a prefix."""

    def consumer(group: str, topic: str, handlers: Handlers) -> Consumer[InventoryUnitOfWork]:
        return Consumer(
            bootstrap=kafka,
            group=prefix + group,
            topics=[prefix + topic],
            handlers=handlers,
            unit_of_work=lambda: InventoryUnitOfWork(engine),
        )

    commands = inventory_commands.handlers(timedelta(seconds=reservation_seconds))
    return [
        consumer("inventory-commands", inventory_commands.TOPIC, commands),
        consumer("inventory-catalog", catalog_events.TOPIC, catalog_events.handlers()),
    ]


def expiry_worker(engine: AsyncEngine) -> Worker:
    """Makes the worker that ends overdue holds."""

    async def expire() -> bool:
        return await expire_reservations(utcnow(), InventoryUnitOfWork(engine))

    return Worker("inventory-expiry", expire, poll_seconds=EXPIRY_POLL_SECONDS)


def _app(
    settings: InventorySettings, engine: AsyncEngine, verifier: TokenVerifier | None
) -> FastAPI:
    jwks = HttpJwks(settings.jwks_url)
    return create_app(
        service=NAME,
        settings=settings,
        routers=[router],
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        checks={"postgresql": database_check(engine)},
        container=Services(lambda: InventoryUnitOfWork(engine), SqlQueries(engine)),
        lifespan=lambda _app: disposing(engine),
        title="Souk inventory",
        description="Stock of every SKU, its movements, and the warehouse's adjustments.",
    )
