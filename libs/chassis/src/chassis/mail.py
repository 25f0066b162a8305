"""A mail as it is read, the way to the mail server, and what the server's answers mean.

The services' senders work with these; `smtp.py` is the real server, and tests have their own.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with what its headers say. `kind` tells our own mailbox page what it is.

    `name` is the recipient's, `header_id` the Message-ID with its angle brackets.
    """

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
    """The server, or our own rendering, does not take this mail now."""


class MailRefused(Exception):
    """This recipient's address takes no mail, now or later."""


class MailConnection(Protocol):
    """An open connection to the mail server."""

    async def send(self, mail: Mail) -> None:
        """Returns at the server's 250. Raises MailServerAway, MailPostponed or MailRefused."""
        ...


class Mailer(Protocol):
    """The way to the mail server."""

    def connect(self) -> AbstractAsyncContextManager[MailConnection]:
        """Opens one connection for several mails. Raises MailServerAway."""
        ...
