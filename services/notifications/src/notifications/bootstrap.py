"""Notifications' composition root: the only module that knows the adapters.

`main.py` and the integration tests call it; nothing connects before the process starts.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from secrets import SystemRandom

import httpx
from fastapi import FastAPI
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.application import create_app
from chassis.clock import utcnow
from chassis.consumer import Consumer
from chassis.database import create_engine, database_check, disposing
from chassis.encryption import Encryption
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.purge import Purge, purge_worker
from chassis.relay import Relay
from chassis.smtp import SmtpMailer, SmtpServer
from chassis.tokens import TokenVerifier
from chassis.worker import Wakeup, Worker
from notifications.adapters.order_feed import FeedWork, RedisFeed
from notifications.adapters.queries import SqlQueries
from notifications.adapters.rendering import JinjaRenderer
from notifications.adapters.reseal import WebhookReseal
from notifications.adapters.tables import plumbing
from notifications.adapters.tables_webhooks import webhook_deliveries
from notifications.adapters.unit_of_work import (
    CHANNEL,
    WEBHOOK_CHANNEL,
    NotificationsUnitOfWork,
)
from notifications.adapters.update_hub import UpdateHub
from notifications.adapters.webhook_client import WebhookClient
from notifications.adapters.webhook_queries import SqlWebhookQueries
from notifications.api import (
    delivery_routes,
    order_update_routes,
    preference_routes,
    routes,
    webhook_routes,
)
from notifications.api.dependencies import Live, Services
from notifications.api.problems import PROBLEMS
from notifications.application.address_messages import address_messages
from notifications.application.deliver_webhooks import Courier
from notifications.application.lanes import Lanes
from notifications.application.manage_webhooks import Registry
from notifications.application.send_messages import Sender, send_messages
from notifications.consumers import (
    auth_events,
    live_updates,
    order_events,
    payment_events,
    webhook_events,
)
from notifications.domain.delivery import LOG_KEPT
from notifications.settings import NotificationsSettings

NAME = "notifications"
SEND_POLL_SECONDS = 1.0
ADDRESS_POLL_SECONDS = 5.0
RESEAL_POLL_SECONDS = 600.0
ROUTERS = (
    routes.router,
    order_update_routes.router,
    preference_routes.router,
    webhook_routes.router,
    delivery_routes.router,
)

TAGS = {
    "notifications": "What customers were told, what they want to be told, and orders live.",
    "webhooks": "Where merchants are told of orders and payments, and what was sent there.",
}

UnitOfWorkFactory = Callable[[], NotificationsUnitOfWork]


@dataclass(frozen=True, slots=True)
class Notifications:
    """What one process runs."""

    app: FastAPI
    components: Sequence[Component]


def bootstrap(
    settings: NotificationsSettings, *, verifier: TokenVerifier | None = None
) -> Notifications:
    """Puts the parts that `settings.run` asks for together; ValueError without a database."""
    engine = create_engine(settings.dsn, name=NAME)
    redis = connect(settings.redis_url)
    hub = UpdateHub(redis, lambda: bool(app.state.health.draining), most=settings.update_listeners)
    app = _app(settings, engine, redis, hub, verifier)
    components: list[Component] = []
    if settings.runs("api"):
        components.append(hub)
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap, client_id=NAME)
        components.append(Relay(dsn=settings.dsn, producer=producer, name=NAME))
    if settings.runs("consumers"):
        components += [consumer(settings, engine), update_consumer(settings, redis)]
    if settings.runs("workers"):
        components += workers(settings, settings.dsn, engine)
        purge = Purge(engine, plumbing, also=[(webhook_deliveries, LOG_KEPT)])
        components.append(purge_worker(NAME, purge))
    return Notifications(app, components)


def connect(url: str) -> "Redis":
    """Returns a client that tells at once when Redis is away; it connects when first used."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )


def work(settings: NotificationsSettings, engine: AsyncEngine) -> UnitOfWorkFactory:
    """Makes what makes a unit of work."""
    encryption = Encryption(settings.encryption_keys)
    return lambda: NotificationsUnitOfWork(engine, encryption)


def consumer(
    settings: NotificationsSettings, engine: AsyncEngine, prefix: str = ""
) -> Consumer[NotificationsUnitOfWork]:
    """Makes the consumer; a test gives its topics and group a prefix."""
    domain = settings.sender.domain
    sources = (auth_events, order_events, payment_events)
    told = (source.handlers(domain) for source in sources)
    return Consumer(
        bootstrap=settings.kafka_bootstrap,
        group=f"{prefix}{NAME}",
        topics=[prefix + source.TOPIC for source in sources],
        handlers=webhook_events.together(*told, webhook_events.handlers()),
        unit_of_work=work(settings, engine),
    )


def update_consumer(
    settings: NotificationsSettings, redis: "Redis", prefix: str = ""
) -> Consumer[FeedWork]:
    """Makes the consumer of those who follow an order; it works in Redis alone."""
    feed = RedisFeed(redis)
    return Consumer(
        bootstrap=settings.kafka_bootstrap,
        group=f"{prefix}{NAME}-updates",
        topics=[prefix + order_events.TOPIC],
        handlers=live_updates.handlers(),
        unit_of_work=lambda: FeedWork(feed),
    )


def workers(settings: NotificationsSettings, dsn: str, engine: AsyncEngine) -> list[Component]:
    """Makes the senders, what wakes them, and the worker that addresses stragglers."""
    unit_of_work = work(settings, engine)
    mailer = SmtpMailer(_mail_server(settings), settings.sender)
    sender = Sender(unit_of_work, mailer, JinjaRenderer(settings.issuer), utcnow)
    wakeup = Wakeup(dsn, name="notifications-wakeup")
    bell = wakeup.bell(CHANNEL)
    senders = [
        Worker(
            f"notifications-sender-{number}",
            lambda: send_messages(sender),
            poll_seconds=SEND_POLL_SECONDS,
            wake=bell,
        )
        for number in range(1, settings.smtp_connections + 1)
    ]
    addresser = Worker(
        "notifications-addresser",
        lambda: address_messages(unit_of_work()),
        poll_seconds=ADDRESS_POLL_SECONDS,
    )
    courier = Courier(
        unit_of_work,
        WebhookClient(settings.webhook_guard, httpx.create_ssl_context()),
        utcnow,
        SystemRandom().random,
        settings.sender.domain,
    )
    lanes = Lanes(courier, wakeup.event(WEBHOOK_CHANNEL))
    return [wakeup, *senders, addresser, lanes, _reseal(settings, engine)]


def _reseal(settings: NotificationsSettings, engine: AsyncEngine) -> Worker:
    reseal = WebhookReseal(engine, Encryption(settings.encryption_keys))
    return Worker("notifications-reseal", reseal, poll_seconds=RESEAL_POLL_SECONDS)


def _mail_server(settings: NotificationsSettings) -> SmtpServer:
    password = settings.smtp_password
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
    )


def _app(
    settings: NotificationsSettings,
    engine: AsyncEngine,
    redis: "Redis",
    hub: UpdateHub,
    verifier: TokenVerifier | None,
) -> FastAPI:
    jwks = HttpJwks(settings.jwks_url)
    registry = Registry(work(settings, engine), settings.webhook_guard, utcnow)
    reads = SqlQueries(engine)
    live = Live(reads.order_state, RedisFeed(redis), hub.listen)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with disposing(engine), aclosing(redis):
            yield

    return create_app(
        service=NAME,
        settings=settings,
        routers=ROUTERS,
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        # Neither the mail server nor Redis is among them: messages wait, and live updates are
        # refused by themselves.
        checks={"postgresql": database_check(engine)},
        container=Services(reads, SqlWebhookQueries(engine), registry, live),
        lifespan=lifespan,
        tags=TAGS,
        title="Souk notifications",
        description="What the shop told its customers by e-mail, and merchants by webhook.",
    )
