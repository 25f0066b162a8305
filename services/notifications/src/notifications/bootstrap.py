"""Notifications' composition root: the only module that knows the adapters.

`main.py` and the integration tests call it; nothing connects before the process starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI
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
from chassis.smtp import SmtpMailer, SmtpServer
from chassis.tokens import TokenVerifier
from chassis.worker import Wakeup, Worker
from notifications.adapters.queries import SqlQueries
from notifications.adapters.rendering import JinjaRenderer
from notifications.adapters.tables import plumbing
from notifications.adapters.unit_of_work import CHANNEL, NotificationsUnitOfWork
from notifications.api import preference_routes, routes
from notifications.api.dependencies import Services
from notifications.api.problems import PROBLEMS
from notifications.application.address_messages import address_messages
from notifications.application.send_messages import Sender, send_messages
from notifications.consumers import auth_events, order_events, payment_events
from notifications.settings import NotificationsSettings

NAME = "notifications"
SEND_POLL_SECONDS = 1.0
ADDRESS_POLL_SECONDS = 5.0


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
    components: list[Component] = []
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap, client_id=NAME)
        components.append(Relay(dsn=settings.dsn, producer=producer, name=NAME))
    if settings.runs("consumers"):
        components.append(consumer(settings, engine))
    if settings.runs("workers"):
        components += workers(settings, settings.dsn, engine)
        components.append(purge_worker(NAME, Purge(engine, plumbing)))
    return Notifications(_app(settings, engine, verifier), components)


def consumer(
    settings: NotificationsSettings, engine: AsyncEngine, prefix: str = ""
) -> Consumer[NotificationsUnitOfWork]:
    """Makes the consumer; a test gives its topics and group a prefix."""
    domain = settings.sender.domain
    sources = (auth_events, order_events, payment_events)
    return Consumer(
        bootstrap=settings.kafka_bootstrap,
        group=f"{prefix}{NAME}",
        topics=[prefix + source.TOPIC for source in sources],
        handlers={
            kind: handler for source in sources for kind, handler in source.handlers(domain).items()
        },
        unit_of_work=lambda: NotificationsUnitOfWork(engine, plumbing),
    )


def workers(settings: NotificationsSettings, dsn: str, engine: AsyncEngine) -> list[Component]:
    """Makes the senders, what wakes them, and the worker that addresses stragglers."""
    password = settings.smtp_password
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
    )

    def unit_of_work() -> NotificationsUnitOfWork:
        return NotificationsUnitOfWork(engine, plumbing)

    mailer, renderer = SmtpMailer(server, settings.sender), JinjaRenderer(settings.issuer)
    sender = Sender(unit_of_work, mailer, renderer, utcnow)
    wakeup = Wakeup(dsn, name="notifications-wakeup")
    senders = [
        Worker(
            f"notifications-sender-{number}",
            lambda: send_messages(sender),
            poll_seconds=SEND_POLL_SECONDS,
            wake=wakeup.event(CHANNEL),
        )
        for number in range(1, settings.smtp_connections + 1)
    ]
    addresser = Worker(
        "notifications-addresser",
        lambda: address_messages(unit_of_work()),
        poll_seconds=ADDRESS_POLL_SECONDS,
    )
    return [wakeup, *senders, addresser]


def _app(
    settings: NotificationsSettings, engine: AsyncEngine, verifier: TokenVerifier | None
) -> FastAPI:
    jwks = HttpJwks(settings.jwks_url)
    return create_app(
        service=NAME,
        settings=settings,
        routers=[routes.router, preference_routes.router],
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        # The mail server is not among them: while it is away, messages wait.
        checks={"postgresql": database_check(engine)},
        container=Services(SqlQueries(engine), lambda: NotificationsUnitOfWork(engine, plumbing)),
        lifespan=lambda _app: disposing(engine),
        title="Souk notifications",
        description="What the shop told its customers by e-mail, and whether it was taken.",
    )
