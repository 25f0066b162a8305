"""A fresh database of notifications' own for each test, and a mail server in this process."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd import smtp
from aiosmtpd.smtp import Envelope
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.encryption import Encryption
from notifications.adapters.unit_of_work import NotificationsUnitOfWork
from notifications.settings import NotificationsSettings

Read = Callable[..., Awaitable[list[Any]]]


@dataclass
class MailServer:
    """Takes mails, or answers what `answer` says; can be down."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answer: Callable[[str], str | None] = lambda _recipient: None
    delay: float = 0.0
    _server: asyncio.Server | None = None

    async def up(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it so.
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        await asyncio.sleep(self.delay)
        refusal = self.answer(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 taken"

    def ids(self) -> list[str]:
        """Returns the Message-IDs of what was taken."""
        return [str(mail["Message-ID"]).strip() for mail in self.mails]

    def _session(self) -> asyncio.Protocol:
        return smtp.SMTP(self, hostname="mail.test", loop=asyncio.get_running_loop())


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    """A mail server that is up."""
    server = MailServer()
    await server.up()
    yield server
    await server.down()


@pytest.fixture
async def dsn(engines: Any) -> str:
    """A database migrated to the newest revision."""
    return str(await engines.database("notifications"))


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(dsn)
    yield engine
    await engine.dispose()


@pytest.fixture
def open_uow(engine: AsyncEngine) -> Callable[[], NotificationsUnitOfWork]:
    encryption = Encryption([b"k" * 32])
    return lambda: NotificationsUnitOfWork(engine, encryption)


@pytest.fixture
def settings(engines: Any, dsn: str, server: MailServer) -> NotificationsSettings:
    return NotificationsSettings(
        environment="test",
        database_url=dsn,
        kafka_bootstrap=engines.kafka_bootstrap,
        smtp_port=server.port,
    )


@pytest.fixture
def read(engine: AsyncEngine) -> Read:
    """Runs a SELECT and returns its rows as tuples."""

    async def read(statement: str, **values: Any) -> list[Any]:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement), values)]

    return read
