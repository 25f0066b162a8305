"""What sending a mail needs: what is said, the mail server, and what its answers mean.

`send_mails` works with these; `adapters/smtp.py` and `adapters/mail_rendering.py` are the real
ones.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auth.domain.secret_mail import PendingMail
from auth.domain.user import User


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is read, with its headers."""

    header_id: str
    kind: str
    recipient: str
    name: str
    date: datetime
    subject: str
    text: str
    html: str


class MailServerAway(Exception):
    """The server cannot be reached or talks to nobody; every mail has to wait."""


class MailPostponed(Exception):
    """The server does not take this mail now."""


class MailRefused(Exception):
    """This address takes no mail, now or later."""


class MailConnection(Protocol):
    """An open connection to the mail server."""

    async def send(self, mail: Mail) -> None:
        """Returns at the server's 250. Raises MailServerAway, MailPostponed or MailRefused."""


class Mailer(Protocol):
    """The way to the mail server."""

    def connect(self) -> AbstractAsyncContextManager[MailConnection]:
        """Opens one connection for several mails. Raises MailServerAway."""


class Renderer(Protocol):
    """Makes words of a mail."""

    def render(self, pending: PendingMail, user: User, token: str | None) -> Mail:
        """Returns the mail; `token` goes into its link, where it has one."""
