"""The sender: claims what is due, renders it, hands it to the mail server, and remembers it.

Called by the workers, several of which may run at once: a claim is a lease, and only who still
holds it may write the outcome. Between the server's 250 and our commit lies the only moment at
which a crash makes a second copy; its Message-ID is the first one's.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from opentelemetry.trace import SpanKind

from chassis.context import conversation
from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger
from chassis.mail import (
    Mail,
    MailConnection,
    Mailer,
    MailPostponed,
    MailRefused,
    MailServerAway,
)
from chassis.telemetry import extract, tracer
from notifications.domain.contact import Recipient
from notifications.domain.message import LONGEST_OUTAGE_PAUSE, Message
from notifications.domain.order import Order
from notifications.domain.ports import DueMessage, UnitOfWork

BATCH = 20
LEASE = timedelta(seconds=60)
MARGIN = timedelta(seconds=20)
"""A send may last this long, so none is begun that could outlive its lease."""
SAVE_PAUSE_SECONDS = 0.5

log = get_logger(__name__)


class Renderer(Protocol):
    """Makes words of a message."""

    def render(self, message: Message, recipient: Recipient, order: Order | None) -> Mail:
        """Returns the mail. Raises MailPostponed when the template fails."""
        ...


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs; `clock` returns aware UTC."""

    unit_of_work: Callable[[], UnitOfWork]
    mailer: Mailer
    renderer: Renderer
    clock: Callable[[], datetime]


async def send_messages(sender: Sender) -> bool:
    """Sends one batch over one connection; returns whether there may be more to send now."""
    due = await _claim(sender)
    if not due:
        return False
    waiting = list(due)
    try:
        async with sender.mailer.connect() as connection:
            while waiting and sender.clock() < waiting[0].lease - MARGIN:
                await _send(waiting[0], connection, sender)
                waiting.pop(0)
    except MailServerAway as error:
        log.warning("mail_server_away", messages=len(waiting), error=str(error))
        await _postpone(waiting, str(error), sender)
        return False
    return len(due) == BATCH


async def _claim(sender: Sender) -> list[DueMessage]:
    now = sender.clock()
    async with sender.unit_of_work() as uow:
        due = await uow.messages.claim(now, now + LEASE, BATCH)
        await uow.commit()
    return due


async def _send(due: DueMessage, connection: MailConnection, sender: Sender) -> None:
    """Sends one message in the trace of its cause, and writes down how that went."""
    message = due.message
    span = tracer().start_as_current_span(
        f"send {message.template}", context=extract(due.traceparent), kind=SpanKind.PRODUCER
    )
    with span, conversation(due.correlation_id, str(message.cause)):
        try:
            assert message.recipient is not None, "only addressed messages are claimed"
            mail = sender.renderer.render(message, message.recipient, due.order)
            await connection.send(mail)
        except MailPostponed as error:
            message.postpone(sender.clock(), str(error))
            log.warning("mail_postponed", message_id=str(message.id), error=str(error))
        except MailRefused as error:
            message.give_up(str(error))
            log.warning("mail_refused", message_id=str(message.id), error=str(error))
        else:
            message.mark_sent(sender.clock())
            log.info("mail_sent", message_id=str(message.id), template=message.template.value)
        await _remember(due, sender)


async def _remember(due: DueMessage, sender: Sender) -> None:
    """Writes the outcome down, again and again while the database is away.

    Until the lease ends nobody else can claim what the server may have taken, and send it again.
    """
    while True:
        try:
            return await _save([due], sender)
        except Exception as error:
            if is_infrastructure(error) and sender.clock() < due.lease:
                log.warning("outcome_not_saved", message_id=str(due.message.id), error=repr(error))
                await asyncio.sleep(SAVE_PAUSE_SECONDS)
                continue
            raise


async def _postpone(waiting: Sequence[DueMessage], problem: str, sender: Sender) -> None:
    for due in waiting:
        due.message.postpone(sender.clock(), problem, LONGEST_OUTAGE_PAUSE)
    await _save(waiting, sender)


async def _save(outcomes: Sequence[DueMessage], sender: Sender) -> None:
    async with sender.unit_of_work() as uow:
        for due in outcomes:
            if not await uow.messages.save(due.message, due.lease):
                log.warning("lease_lost", message_id=str(due.message.id))
        await uow.commit()
