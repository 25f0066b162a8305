"""The catalogue's composition root: the only module that knows the adapters.

`main.py` and the integration tests call it; nothing connects before the process starts.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.types import Lifespan

from catalog.adapters.category_file import load_taxonomy
from catalog.adapters.indexes import LEASES, PRODUCTS, reconcile_indexes
from catalog.adapters.lease import Lease
from catalog.adapters.mongo import Database
from catalog.adapters.outbox_relay import OutboxRelay
from catalog.adapters.product_repository import MongoProducts
from catalog.adapters.redis_cache import RedisCache, connect
from catalog.adapters.sorted_reads import SortedReads
from catalog.api import media_routes, picture_routes, routes, v2_routes, writing_routes
from catalog.api.dependencies import Services
from catalog.api.problems import PROBLEMS
from catalog.application.shop import Shop
from catalog.consumers import catalog_events, inventory_events
from catalog.domain.pictures import MAX_BYTES
from catalog.domain.ports import AvailabilityStore
from catalog.media_parts import desk_of, store_of, worker_of
from catalog.settings import CatalogSettings
from chassis.application import create_app
from chassis.consumer import Consumer
from chassis.health import Check
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.tokens import TokenVerifier

NAME = "catalog"
# A read whose answer got lost is asked again; twice this is less than the gateway waits for.
READ_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one process runs; who does not start `app` closes the databases himself."""

    app: FastAPI
    components: Sequence[Component]
    databases: Sequence[Database]


def bootstrap(
    settings: CatalogSettings, *, verifier: TokenVerifier | None = None, prefix: str = ""
) -> Catalog:
    """Puts the parts that `settings.run` asks for together; a test gives topics a prefix."""
    database = Database(settings.mongo_url, settings.mongo_database)
    reader = Database(settings.mongo_url, settings.mongo_database, patience=READ_SECONDS)
    redis = connect(settings.redis_url)
    taxonomy = load_taxonomy()
    wake = asyncio.Event()
    products = MongoProducts(database.collection(PRODUCTS), taxonomy.tree, wake)
    cache = RedisCache(redis)
    media, door = store_of(settings)
    services = Services(
        shop=Shop(products, taxonomy, settings.currency, cache),
        reads=SortedReads(reader.collection(PRODUCTS), cache),
        desk=desk_of(settings, database, media),
        door=door,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await reconcile_indexes(database)
        yield
        reader.close()
        database.close()
        await redis.aclose()

    components: list[Component] = []
    if settings.runs("relay"):
        components.append(relay(settings.kafka_bootstrap, database, wake, prefix))
    if settings.runs("consumers"):
        components += consumers(settings.kafka_bootstrap, products, services, prefix)
    if settings.runs("workers"):
        components.append(worker_of(services.desk, services.shop, database))
    # Redis is not checked: without it reads still work.
    checks = {"mongodb": database.ping}
    app = application(settings, services, verifier=verifier, checks=checks, lifespan=lifespan)
    return Catalog(app, components, (database, reader))


def relay(kafka: str, database: Database, wake: asyncio.Event, prefix: str = "") -> OutboxRelay:
    """Makes the relay of the products' outboxes."""
    lease = Lease(database.collection(LEASES), "relay")
    producer = EventProducer(kafka, client_id=NAME)
    return OutboxRelay(database.collection(PRODUCTS), lease, producer, wake, topic_prefix=prefix)


def consumers(
    kafka: str, stock: AvailabilityStore, services: Services, prefix: str = ""
) -> list[Component]:
    """Makes the two consumers; a test gives its topics and groups a prefix."""
    cache = services.shop.cache
    return [
        Consumer(
            bootstrap=kafka,
            group=f"{prefix}catalog-inventory",
            topics=[prefix + inventory_events.TOPIC],
            handlers=inventory_events.handlers(),
            unit_of_work=lambda: inventory_events.AvailabilityBatch(stock, cache),
        ),
        Consumer(
            bootstrap=kafka,
            group=f"{prefix}catalog-cache",
            topics=[prefix + catalog_events.TOPIC],
            handlers=catalog_events.handlers(),
            unit_of_work=lambda: catalog_events.ForgettingBatch(services.reads, cache),
        ),
    ]


def application(
    settings: CatalogSettings,
    services: Services,
    *,
    verifier: TokenVerifier | None = None,
    checks: Mapping[str, Check] | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Makes the API over these services; tests give it fakes."""
    jwks = HttpJwks(settings.jwks_url)
    return create_app(
        service=NAME,
        settings=settings,
        routers=[
            *(routes.router, v2_routes.router, writing_routes.router),
            *(picture_routes.router, media_routes.router),
        ],
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        checks=checks or {},
        container=services,
        lifespan=lifespan,
        title="Souk catalog",
        description="Products with their variants, categories, prices and pictures.",
        body_limits={media_routes.UPLOADS_PATH: MAX_BYTES},
    )
