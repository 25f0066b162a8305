"""Payments' composition root: the only module that knows the adapters.

`main.py` and the integration tests call it; nothing connects before the process starts.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

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
from chassis.tokens import TokenVerifier
from chassis.worker import Wakeup, Worker
from payments.adapters.own_books import SqlOwnBooks
from payments.adapters.providers import Provider, provider_of
from payments.adapters.queries import SqlPaymentQueries
from payments.adapters.reconciliation_diary import CHANNEL as RECONCILIATIONS
from payments.adapters.reconciliation_diary import SqlReconciliationDiary
from payments.adapters.tables import plumbing
from payments.adapters.unit_of_work import PaymentsUnitOfWork
from payments.api import reconciliations, routes, webhooks
from payments.api.dependencies import Services
from payments.api.problems import PROBLEMS
from payments.consumers.commands import HANDLERS, TOPIC
from payments.consumers.provider_desk import AFTERWARDS, FIRST, Limits, ProviderDesk
from payments.consumers.reconciliation_desk import ReconciliationDesk
from payments.consumers.tracing import resumed
from payments.domain.operation import Kind
from payments.domain.ports import PaymentProvider
from payments.settings import PaymentsSettings

NAME = "payments"
CHANNEL = "operations"
PROVIDER_CONNECTIONS = 5
POLL_SECONDS, SENDER_POLL_SECONDS = 30.0, 0.5
# The first that fits a path answers it, and `/payments/{payment_id}` fits the others' too.
ROUTERS = (webhooks.router, reconciliations.router, routes.router)


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
    provider = provider_of(settings, provider_engine)
    components: list[Component] = []
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap, client_id=NAME)
        components.append(Relay(dsn=dsn, producer=producer, name=NAME))
    if settings.runs("consumers"):
        components.append(command_consumer(settings, engine, chosen.topic_prefix))
    if settings.runs("workers"):
        wakeup = Wakeup(dsn, name="payments-wakeup")
        desks = provider_desks(settings, wakeup, engine, chosen.provider or provider.calls)
        components += [wakeup, *desks, reconciler(settings, wakeup, engine, provider)]
        components += webhook_senders(provider)
        components.append(purge_worker(NAME, Purge(engine, plumbing)))
    app = _app(settings, (engine, provider_engine), provider, chosen.verifier)
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
    settings: PaymentsSettings, wakeup: Wakeup, engine: AsyncEngine, provider: PaymentProvider
) -> list[Component]:
    """Makes the two desks, which the listener wakes."""
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

    return [desk("authorisation-desk", FIRST), desk("aftercare-desk", AFTERWARDS)]


def reconciler(
    settings: PaymentsSettings, wakeup: Wakeup, engine: AsyncEngine, provider: Provider
) -> Worker:
    """Makes the worker that compares our books with the provider's."""
    desk = ReconciliationDesk(
        SqlReconciliationDiary(engine),
        theirs=provider.books,
        ours=SqlOwnBooks(engine),
        every=timedelta(seconds=settings.reconciliation_seconds),
        window=timedelta(days=settings.reconciliation_days),
        clock=utcnow,
    )
    wake = wakeup.event(RECONCILIATIONS)
    return Worker("reconciliation-desk", desk.step, poll_seconds=POLL_SECONDS, wake=wake)


def webhook_senders(provider: Provider) -> list[Component]:
    """Makes the worker that posts the simulated provider's notifications; others post their own."""
    if provider.sender is None:
        return []
    return [Worker("provider-webhooks", provider.sender, poll_seconds=SENDER_POLL_SECONDS)]


def _app(
    settings: PaymentsSettings,
    engines: Sequence[AsyncEngine],
    provider: Provider,
    verifier: TokenVerifier | None,
) -> FastAPI:
    engine = engines[0]
    jwks = HttpJwks(settings.jwks_url)
    services = Services(
        unit_of_work=lambda: PaymentsUnitOfWork(engine),
        queries=SqlPaymentQueries(engine),
        reconciliations=SqlReconciliationDiary(engine),
        readers={settings.payment_provider: provider.notifications},
        resume=resumed,
        reconciliation_days=settings.reconciliation_days,
    )
    return create_app(
        service=NAME,
        settings=settings,
        routers=ROUTERS,
        problems=PROBLEMS,
        verifier=verifier or TokenVerifier(settings.issuer, settings.audience, jwks),
        checks={"postgresql": database_check(engine)},
        container=services,
        lifespan=lambda _app: _closing(provider, engines),
        title="Souk payments",
        description="What was authorised, captured and refunded, and the ledger that proves it.",
    )


@asynccontextmanager
async def _closing(provider: Provider, engines: Sequence[AsyncEngine]) -> AsyncIterator[None]:
    async with disposing(*engines):
        yield
        await provider.close()
