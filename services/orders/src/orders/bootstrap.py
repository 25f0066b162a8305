"""This service's composition root: the only module that knows the adapters.

main.py and the integration tests call it; nothing connects before the process starts.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.application import create_app
from chassis.clock import utcnow
from chassis.consumer import Consumer
from chassis.database import create_engine, database_check, disposing
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.purge import Purge, purge_worker
from chassis.relay import Relay
from chassis.tokens import TokenVerifier
from chassis.worker import Wakeup, Worker
from orders.adapters.metrics import SagaMetrics
from orders.adapters.placing import Placements
from orders.adapters.promotion_queries import SqlPromotionQueries
from orders.adapters.queries import SqlOrderQueries, SqlPriceQueries
from orders.adapters.redis_carts import RedisCarts
from orders.adapters.settlements import NotifiedSettlements
from orders.adapters.statements import SETTLED_CHANNEL
from orders.adapters.tables import plumbing
from orders.adapters.terms_file import load_terms
from orders.adapters.timeline import SqlTimelines
from orders.adapters.unit_of_work import OrdersUnitOfWork
from orders.api import (
    cart_routes,
    cart_terms_routes,
    fulfilment_routes,
    order_routes,
    price_routes,
    promotion_routes,
    refund_routes,
    return_routes,
    timeline_routes,
)
from orders.api.problems import PROBLEMS
from orders.application.container import Container
from orders.application.ports import UnitOfWork
from orders.application.quoting import Quotes
from orders.application.run_time_limits import run_time_limits
from orders.consumers import (
    catalog_events,
    inventory_events,
    notification_events,
    payment_events,
)
from orders.settings import OrdersSettings

NAME = "orders"
TAGS = {
    "carts": "What a guest or a customer means to buy, at today's prices.",
    "orders": "Place, read, list and cancel; stock, payment and mail follow by themselves.",
    "fulfilment": "Pack, ship in parts, deliver; a shipment's share of the money is taken then.",
    "returns": "Ask for goods to be taken back, take them in, or refuse them.",
    "refunds": "Give money back, goods or no goods.",
    "promotions": "Discounts by code or by themselves; the best legal combination counts.",
    "prices": "What orders would be charged: this service's own copy of the catalogue's prices.",
}
ROUTERS = [
    cart_routes.router,
    cart_terms_routes.router,
    order_routes.router,
    fulfilment_routes.router,
    return_routes.router,
    refund_routes.router,
    timeline_routes.router,
    promotion_routes.router,
    price_routes.router,
]
TIMER_SECONDS = 1.0
METRICS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """What one process runs."""

    app: FastAPI
    components: Sequence[Component]


def bootstrap(settings: OrdersSettings, *, verifier: TokenVerifier | None = None) -> Service:
    """Puts the parts that `settings.run` asks for together; ValueError without a database."""
    engine = create_engine(settings.dsn, pool_size=settings.pool_size, name=NAME)
    settlements = NotifiedSettlements()
    components: list[Component] = []
    if settings.runs("api"):
        wakeup = Wakeup(settings.dsn, name="orders-settlements")
        wakeup.on(SETTLED_CHANNEL, settlements.settled)
        components.append(wakeup)
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap, client_id=NAME)
        components.append(Relay(dsn=settings.dsn, producer=producer, name=NAME))
    if settings.runs("consumers"):
        components += consumers(settings.kafka_bootstrap, engine)
    if settings.runs("workers"):
        components += workers(engine)
    return Service(_app(settings, engine, settlements, verifier), components)


def consumers(kafka: str, engine: AsyncEngine, prefix: str = "") -> list[Consumer[UnitOfWork]]:
    """Makes the three consumers; a test gives their topics and groups a prefix.

    All answers to the saga come to one group, in batches that are loaded and locked at once.
    """
    return [
        Consumer[UnitOfWork](
            bootstrap=kafka,
            group=f"{prefix}orders-saga",
            topics=[prefix + inventory_events.TOPIC, prefix + payment_events.TOPIC],
            handlers={**inventory_events.HANDLERS, **payment_events.HANDLERS},
            unit_of_work=lambda: OrdersUnitOfWork(engine, preload=True),
        ),
        Consumer[UnitOfWork](
            bootstrap=kafka,
            group=f"{prefix}orders-prices",
            topics=[prefix + catalog_events.TOPIC],
            handlers=catalog_events.HANDLERS,
            unit_of_work=lambda: OrdersUnitOfWork(engine),
        ),
        Consumer[UnitOfWork](
            bootstrap=kafka,
            group=f"{prefix}orders-timeline",
            topics=[prefix + notification_events.TOPIC],
            handlers=notification_events.HANDLERS,
            unit_of_work=lambda: OrdersUnitOfWork(engine),
        ),
    ]


def workers(engine: AsyncEngine) -> list[Component]:
    """Makes the timers of the saga, the count of open sagas, and the purge."""

    async def check_time_limits() -> bool:
        return await run_time_limits(OrdersUnitOfWork(engine), utcnow())

    return [
        Worker("orders-time-limits", check_time_limits, poll_seconds=TIMER_SECONDS),
        Worker("orders-metrics", SagaMetrics(engine).measure, poll_seconds=METRICS_SECONDS),
        purge_worker(NAME, Purge(engine, plumbing)),
    ]


def _app(
    settings: OrdersSettings,
    engine: AsyncEngine,
    settlements: NotifiedSettlements,
    verifier: TokenVerifier | None,
) -> FastAPI:
    redis: Redis = Redis.from_url(settings.redis_url, decode_responses=True, socket_timeout=5)
    carts, prices = RedisCarts(redis), SqlPriceQueries(engine)
    terms = load_terms(prices_include_tax=settings.prices_include_tax)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with disposing(engine), aclosing(redis):
            yield

    jwks = HttpJwks(settings.jwks_url)
    return create_app(
        service=NAME,
        settings=settings,
        routers=ROUTERS,
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        checks={"postgresql": database_check(engine), "redis": carts.answers},
        container=Container(
            unit_of_work=lambda: OrdersUnitOfWork(engine),
            placing=Placements(engine, prices).open,
            carts=carts,
            orders=SqlOrderQueries(engine),
            timelines=SqlTimelines(engine),
            prices=prices,
            promotions=SqlPromotionQueries(engine),
            quotes=Quotes(prices, terms, utcnow),
            settlements=settlements,
            clock=utcnow,
        ),
        lifespan=lifespan,
        title="Souk orders",
        description="Carts, and the orders that are placed on them.",
        tags=TAGS,
    )
