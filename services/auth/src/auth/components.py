"""What the process runs beside its API: relay, audit trail, purges, and the sender of mails.

The other half of the composition root; `bootstrap.py` calls it.
"""

from collections.abc import Awaitable, Callable
from email.headerregistry import Address
from email.utils import parseaddr

from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.attic import SqlAttic
from auth.adapters.audit_trail import SqlTrailUnitOfWork
from auth.adapters.mail_rendering import JinjaRenderer
from auth.adapters.mail_repository import CHANNEL
from auth.adapters.smtp import SmtpMailer, SmtpServer
from auth.adapters.tables import plumbing
from auth.application.purge_expired import purge_expired
from auth.application.send_mails import Sender, send_mails
from auth.application.unit_of_work import UnitOfWork
from auth.consumers import audit_events
from auth.settings import AuthSettings
from chassis.clock import utcnow
from chassis.consumer import Consumer
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.purge import Purge, purge_worker
from chassis.relay import Relay
from chassis.worker import Wakeup, Worker

PURGE_SECONDS = 3600
MAIL_POLL_SECONDS = 2.0


def components(
    settings: AuthSettings, engine: AsyncEngine, new_uow: Callable[[], UnitOfWork]
) -> list[Component]:
    """Returns those that `settings.run` asks for."""
    found: list[Component] = []
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap)
        found.append(Relay(dsn=settings.dsn, producer=producer, name="auth"))
    if settings.runs("consumers"):
        found.append(audit_consumer(settings, engine))
    if settings.runs("workers"):
        attic = Worker("auth-attic", _purge_step(SqlAttic(engine)), poll_seconds=PURGE_SECONDS)
        found += [attic, purge_worker("auth", Purge(engine, plumbing))]
        found += _mailing(settings, new_uow)
    return found


def audit_consumer(
    settings: AuthSettings, engine: AsyncEngine, prefix: str = ""
) -> Consumer[SqlTrailUnitOfWork]:
    """Makes the consumer of the audit trail; a test gives its topic and group a prefix."""
    return Consumer(
        bootstrap=settings.kafka_bootstrap,
        group=f"{prefix}auth-audit",
        topics=[prefix + audit_events.TOPIC],
        handlers=audit_events.HANDLERS,
        unit_of_work=lambda: SqlTrailUnitOfWork(engine, plumbing),
    )


def sender(settings: AuthSettings, new_uow: Callable[[], UnitOfWork]) -> Sender:
    """Returns what sends mails with these settings."""
    password = settings.smtp_password
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
    )
    name, email = parseaddr(settings.mail_from)
    writer = Address(name, addr_spec=email)
    renderer = JinjaRenderer(settings.issuer, writer.domain)
    return Sender(new_uow, SmtpMailer(server, writer), renderer, utcnow)


def _mailing(settings: AuthSettings, new_uow: Callable[[], UnitOfWork]) -> list[Component]:
    """The sender, and what wakes it."""
    sending = sender(settings, new_uow)
    wakeup = Wakeup(settings.dsn, name="auth-wakeup")
    worker = Worker(
        "auth-mails",
        lambda: send_mails(sending),
        poll_seconds=MAIL_POLL_SECONDS,
        wake=wakeup.event(CHANNEL),
    )
    return [wakeup, worker]


def _purge_step(attic: SqlAttic) -> Callable[[], Awaitable[bool]]:
    async def step() -> bool:
        await purge_expired(attic, utcnow())
        return False

    return step
