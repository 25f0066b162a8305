"""Payments' composition root: the only module that knows the adapters.

`main.py` and the integration tests call it; nothing connects before the process starts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.application import create_app
from chassis.consumer import Consumer
from chassis.database import create_engine, database_check, disposing
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.purge import Purge, purge_worker
from chassis.relay import Relay
from chassis.tokens import TokenVerifier
from chassis.worker import Wakeup
from payments.adapters.queries import SqlPaymentQueries
from payments.adapters.simulated_provider import Pace, SimulatedProvider
from payments.adapters.tables import plumbing
from payments.adapters.unit_of_work import PaymentsUnitOfWork
from payments.api.dependencies import Services
from payments.api.problems import PROBLEMS
from payments.api.routes import router
from payments.consumers.commands import HANDLERS, TOPIC
from payments.consumers.provider_desk import AFTERWARDS, FIRST, Limits, ProviderDesk
from payments.domain.operation import Kind
from payments.domain.ports import PaymentProvider
from payments.settings import PaymentsSettings

NAME = "payments"
CHANNEL = "operations"
PROVIDER_CONNECTIONS = 5


@dataclass(frozen=True, slots=True)
class Overrides:
    """What tests put in the place of the real thing."""

    verifier: TokenVerifier | None = None
    provider: PaymentProvider | None = None
    topic_prefix: str = ""


@dataclass(frozen=True, slots=True)
class PaymentsProcess:
    """The parts of one process."""

    app: FastAPI
    components: Sequence[Component]


def bootstrap(settings: PaymentsSettings, overrides: Overrides | None = None) -> PaymentsProcess:
    """Puts together what `settings.run` asks for. Raises ValueError without a database."""
    chosen = overrides or Overrides()
    dsn = settings.dsn
    engine = create_engine(dsn, name=NAME)
    provider_engine = create_engine(dsn, pool_size=PROVIDER_CONNECTIONS, name="payment-provider")
    components: list[Component] = []
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap, client_id=NAME)
        components.append(Relay(dsn=dsn, producer=producer, name=NAME))
    if settings.runs("consumers"):
        components.append(command_consumer(settings, engine, chosen.topic_prefix))
    if settings.runs("workers"):
        pace = Pace(slow=settings.provider_slow_seconds)
        provider = chosen.provider or SimulatedProvider(provider_engine, pace)
        components += provider_desks(settings, dsn, engine, provider)
        components.append(purge_worker(NAME, Purge(engine, plumbing)))
    app = _app(settings, (engine, provider_engine), chosen.verifier)
    return PaymentsProcess(app, components)


def command_consumer(
    settings: PaymentsSettings, engine: AsyncEngine, prefix: str = ""
) -> Consumer[PaymentsUnitOfWork]:
    """Makes the consumer of the saga's commands; tests give topic and group a prefix."""
    return Consumer(
        bootstrap=settings.kafka_bootstrap,
        group=f"{prefix}{NAME}-commands",
        topics=[f"{prefix}{TOPIC}"],
        handlers=HANDLERS,
        unit_of_work=lambda: PaymentsUnitOfWork(engine),
    )


def provider_desks(
    settings: PaymentsSettings, dsn: str, engine: AsyncEngine, provider: PaymentProvider
) -> list[Component]:
    """Makes the two desks, and the listener that wakes them."""
    wakeup = Wakeup(dsn, name="payments-wakeup")
    limits = Limits(
        places=settings.provider_places,
        time_limit=timedelta(seconds=settings.provider_time_limit),
    )

    def desk(name: str, kinds: Iterable[Kind]) -> ProviderDesk:
        return ProviderDesk(
            name,
            kinds,
            provider=provider,
            unit_of_work=lambda: PaymentsUnitOfWork(engine),
            limits=limits,
            wake=wakeup.event(CHANNEL),
        )

    return [wakeup, desk("authorisation-desk", FIRST), desk("aftercare-desk", AFTERWARDS)]


def _app(
    settings: PaymentsSettings, engines: Sequence[AsyncEngine], verifier: TokenVerifier | None
) -> FastAPI:
    engine = engines[0]

    jwks = HttpJwks(settings.jwks_url)
    return create_app(
        service=NAME,
        settings=settings,
        routers=[router],
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        checks={"postgresql": database_check(engine)},
        container=Services(lambda: PaymentsUnitOfWork(engine), SqlPaymentQueries(engine)),
        lifespan=lambda _app: disposing(*engines),
        title="Souk payments",
        description="What was authorised, captured and refunded, and the ledger that proves it.",
    )
