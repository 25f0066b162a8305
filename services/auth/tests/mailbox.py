"""A mail server that keeps what it is given, and can be away or refuse; and links read from mails.

The tests of everything that is mailed use it.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from auth.adapters.mail_rendering import JinjaRenderer
from auth.application.send_mails import Sender, send_mails
from chassis.mail import Mail, MailServerAway
from chassis.testing import ISSUER
from services.auth.tests.world import World


class Mailbox:
    """Implements chassis.mail.Mailer. `answers` are raised one after another."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.away = False
        self.answers: list[Exception] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Mailbox"]:
        if self.away:
            raise MailServerAway("nobody listens")
        yield self

    async def send(self, mail: Mail) -> None:
        if self.answers:
            raise self.answers.pop(0)
        self.mails.append(mail)

    async def deliver(self, world: World) -> list[Mail]:
        """Sends what waits, and returns what arrived just now."""
        before = len(self.mails)
        while await send_mails(self.sender(world)):
            pass
        return self.mails[before:]

    def sender(self, world: World) -> Sender:
        return Sender(world.new_uow, self, JinjaRenderer(ISSUER, "souk.example"), world.clock)


def link_of(mail: Mail) -> str:
    """Returns the path and query of the link in a mail's text."""
    found = re.search(re.escape(ISSUER) + r"(/account/[a-z-]+\?token=[\w-]{43})\n", mail.text)
    assert found, mail.text
    assert found[1] in mail.html
    return found[1]
