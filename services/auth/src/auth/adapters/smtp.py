"""Hands mails to an SMTP server with aiosmtplib, several over one connection.

The server's answers are told apart by what they mean for the mail (RFC 5321 §4.2.1): the server is
away, it does not want this mail now, or it never takes mail for this address.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from email_validator import EmailNotValidError, validate_email

from auth.application.mail import (
    Mail,
    MailConnection,
    MailPostponed,
    MailRefused,
    MailServerAway,
)

TIMEOUT_SECONDS = 15.0
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
    """Implements application.mail.Mailer."""

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
        """Returns at the server's 250; raises what the answer means for the mail."""
        message = compose(mail, self._sender)
        try:
            await self._smtp.send_message(message)
        except SMTPRecipientsRefused as error:
            answer = error.recipients[0]
            raise _meaning(answer.code, f"{answer.code} {answer.message}") from error
        except SMTPAuthenticationError as error:
            raise MailServerAway(_reason(error)) from error
        except SMTPResponseException as error:
            kind = MailServerAway if error.code == _SHUTTING_DOWN else MailPostponed
            raise kind(_reason(error)) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise MailServerAway(_reason(error)) from error


def compose(mail: Mail, sender: Address) -> EmailMessage:
    """Returns the message; the standard library refuses line breaks in its headers."""
    message = EmailMessage()
    message["Message-ID"] = mail.header_id
    message["Date"] = format_datetime(mail.date)
    message["From"] = sender
    message["To"] = Address(mail.name, addr_spec=_ascii(mail.recipient))
    message["Subject"] = mail.subject
    # Keeps holiday replies away (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Souk-Template"] = mail.kind
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _ascii(email: str) -> str:
    """Returns an address as SMTP takes it. Raises MailRefused for one that no server would."""
    try:
        found = validate_email(email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise MailRefused("not an address that mail can be sent to") from error
    return found.ascii_email or found.normalized


def _meaning(code: int, reason: str) -> Exception:
    """There is one recipient, so there is one answer about it."""
    if code == _SHUTTING_DOWN:
        return MailServerAway(reason[:200])
    return (MailRefused if code in _NEVER else MailPostponed)(reason[:200])


def _reason(error: BaseException) -> str:
    """What is kept with the mail; never the mail itself."""
    return f"{type(error).__name__}: {error}"[:200]
