"""Hands mails to an SMTP server with aiosmtplib, several over one connection.

The server's answers are told apart by what they mean for the message: the server is away, it
does not want this message now, or it never takes mail for this recipient (RFC 5321, 4.2.1).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from chassis import failpoints
from chassis.mail import Mail, MailConnection, MailPostponed, MailRefused, MailServerAway
from chassis.mime import ascii_address, compose

TIMEOUT_SECONDS = 10.0
# For all commands of one mail together; the senders' leases reckon with it.
_MAIL_SECONDS = 15.0
# No such user, user not here, name not allowed, bad address: asking again changes nothing.
_NEVER = frozenset({501, 550, 551, 553})
_SHUTTING_DOWN = 421


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the server is; `tls` is `none`, `starttls` or `tls`."""

    host: str
    port: int
    tls: str = "none"
    username: str | None = None
    password: str | None = None


class SmtpMailer:
    """Implements `mail.Mailer`."""

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        self._server = server
        self._sender = sender

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[MailConnection]:
        """Opens a connection and says goodbye at the end. Raises MailServerAway."""
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            username=server.username,
            password=server.password,
            timeout=TIMEOUT_SECONDS,
            # The default asks the name service for our own name, which can take seconds.
            local_hostname="localhost",
        )
        try:
            await smtp.connect()
        except (SMTPException, OSError, TimeoutError) as error:
            smtp.close()
            raise MailServerAway(_reason(error)) from error
        try:
            yield SmtpConnection(smtp, self._sender)
        finally:
            with suppress(SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=1)
            smtp.close()


class SmtpConnection:
    """One open connection; after MailServerAway it is of no more use."""

    def __init__(self, smtp: SMTP, sender: Address) -> None:
        self._smtp = smtp
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Returns at the server's 250; raises what the answer means for the message."""
        recipient = ascii_address(mail.recipient)
        content = compose(mail, recipient, self._sender)
        try:
            async with asyncio.timeout(_MAIL_SECONDS):
                await failpoints.hit("mail.before_send")
                await self._smtp.sendmail(self._sender.addr_spec, [recipient], content)
                await failpoints.hit("mail.after_send")
        except SMTPRecipientsRefused as error:
            _refused(error)
        except SMTPAuthenticationError as error:
            raise MailServerAway(_reason(error)) from error
        except SMTPResponseException as error:
            if error.code == _SHUTTING_DOWN:
                raise MailServerAway(_reason(error)) from error
            raise MailPostponed(_reason(error)) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise MailServerAway(_reason(error)) from error


def _refused(error: SMTPRecipientsRefused) -> None:
    """There is one recipient, so there is one answer about it."""
    answer = error.recipients[0]
    reason = f"{answer.code} {answer.message}"[:200]
    if answer.code == _SHUTTING_DOWN:
        raise MailServerAway(reason) from error
    if answer.code in _NEVER:
        raise MailRefused(reason) from error
    raise MailPostponed(reason) from error


def _reason(error: BaseException) -> str:
    """What is kept with the message and shown to support; never the message itself."""
    return f"{type(error).__name__}: {error}"[:200]
