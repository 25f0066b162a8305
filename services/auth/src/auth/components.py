"""What the process runs beside its API: relay, audit trail, purges, mails, revocations, keys.

The other half of the composition root; `bootstrap.py` calls it.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.attic import SqlAttic
from auth.adapters.audit_trail import SqlTrailUnitOfWork
from auth.adapters.key_rows import RsaKeys
from auth.adapters.key_store import KeyStore
from auth.adapters.mail_rendering import JinjaRenderer
from auth.adapters.mail_repository import CHANNEL
from auth.adapters.reseal import SecondFactorReseal
from auth.adapters.revocation_book import UnpublishedRevocations
from auth.adapters.tables import plumbing
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.publish_revocations import publish_revocations
from auth.application.purge_expired import purge_expired
from auth.application.revoke_grants import CHANNEL as REVOCATIONS_CHANNEL
from auth.application.rotate_keys import rotate_if_due, rotate_keys
from auth.application.send_mails import Sender, send_mails
from auth.application.unit_of_work import UnitOfWork
from auth.consumers import audit_events
from auth.domain.key_schedule import KeyPlan
from auth.settings import AuthSettings
from chassis.clock import utcnow
from chassis.consumer import Consumer
from chassis.database import create_engine, disposing
from chassis.encryption import Encryption
from chassis.process import Component
from chassis.producer import EventProducer
from chassis.purge import Purge, purge_worker
from chassis.relay import Relay
from chassis.revocations import RevocationLog
from chassis.smtp import SmtpMailer, SmtpServer
from chassis.worker import Wakeup, Worker

PURGE_SECONDS = 3600
MAIL_POLL_SECONDS = 2.0
KEYS_POLL_SECONDS = 10.0
REVOCATIONS_POLL_SECONDS = 5.0
ROTATION_POLL_SECONDS = 3600.0


def components(
    settings: AuthSettings,
    engine: AsyncEngine,
    redis: "Redis",
    keys: KeyStore,
    new_uow: Callable[[], UnitOfWork],
) -> list[Component]:
    """Returns those that `settings.run` asks for."""
    found: list[Component] = []
    if settings.runs("api"):
        found.append(Worker("auth-keys", keys.follow, poll_seconds=KEYS_POLL_SECONDS))
    if settings.runs("relay"):
        producer = EventProducer(settings.kafka_bootstrap)
        found.append(Relay(dsn=settings.dsn, producer=producer, name="auth"))
    if settings.runs("consumers"):
        found.append(audit_consumer(settings, engine))
    if settings.runs("workers"):
        attic = Worker("auth-attic", _purge_step(SqlAttic(engine)), poll_seconds=PURGE_SECONDS)
        found += [attic, purge_worker("auth", Purge(engine, plumbing))]
        wakeup = Wakeup(settings.dsn, name="auth-wakeup")
        found += [wakeup, _mailing(settings, new_uow, wakeup), _revoking(engine, redis, wakeup)]
        found.append(_rotating(settings, new_uow))
        reseal = SecondFactorReseal(engine, Encryption(settings.encryption_keys))
        found.append(Worker("auth-reseal", reseal, poll_seconds=PURGE_SECONDS))
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
        unit_of_work=lambda: SqlTrailUnitOfWork(engine),
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


def _mailing(
    settings: AuthSettings, new_uow: Callable[[], UnitOfWork], wakeup: Wakeup
) -> Component:
    """The sender of mails."""
    sending = sender(settings, new_uow)
    return Worker(
        "auth-mails",
        lambda: send_mails(sending),
        poll_seconds=MAIL_POLL_SECONDS,
        wake=wakeup.event(CHANNEL),
    )


def _revoking(engine: AsyncEngine, redis: "Redis", wakeup: Wakeup) -> Component:
    """Tells the edges what was revoked."""
    unpublished, log = UnpublishedRevocations(engine), RevocationLog(redis)
    return Worker(
        "auth-revocations",
        lambda: publish_revocations(unpublished, log),
        poll_seconds=REVOCATIONS_POLL_SECONDS,
        wake=wakeup.event(REVOCATIONS_CHANNEL),
    )


def _rotating(settings: AuthSettings, new_uow: Callable[[], UnitOfWork]) -> Component:
    """Rotates the signing keys when their time has come."""
    maker = RsaKeys(Encryption(settings.encryption_keys))
    lifetime = timedelta(days=settings.signing_key_days)

    async def step() -> bool:
        await rotate_if_due(new_uow, maker, lifetime, utcnow())
        return False

    return Worker("auth-key-rotation", step, poll_seconds=ROTATION_POLL_SECONDS)


async def rotate_once(settings: AuthSettings) -> KeyPlan:
    """Rotates the signing keys at once, outside the service. Raises RotationUnderWay."""
    engine = create_engine(settings.dsn, name="auth-keys")
    async with disposing(engine):
        encryption = Encryption(settings.encryption_keys)
        uow = AuthUnitOfWork(engine, encryption)
        return await rotate_keys(uow, RsaKeys(encryption), utcnow())


def _purge_step(attic: SqlAttic) -> Callable[[], Awaitable[bool]]:
    async def step() -> bool:
        await purge_expired(attic, utcnow())
        return False

    return step
