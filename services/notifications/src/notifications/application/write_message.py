"""An event becomes a message: it is written down with the inbox, and sent later by a worker.

Called by the consumers; nothing here talks to a mail server, so a slow one holds no event up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.clock import utcnow
from chassis.ids import uuid7
from notifications.domain.contact import Contact
from notifications.domain.message import Message, Template, header_id
from notifications.domain.order import Order
from notifications.domain.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that a message follows from, and the domain that its Message-ID ends with."""

    event_id: UUID
    mail_domain: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell, and what the template needs beyond the order.

    `about` is the shipment, the return or the refund that it is about; None is the order itself.
    """

    template: Template
    details: Mapping[str, Any] = field(default_factory=dict)
    about: UUID | None = None


async def welcome(contact: Contact, imported: bool, cause: Cause, uow: UnitOfWork) -> None:
    """Learns an account's address, and greets its owner unless the account was imported."""
    uow.contacts.put(contact)
    if imported:
        return
    message = _new(Notice(Template.WELCOME), contact.user_id, cause)
    message.address_to(contact.recipient, contact.user_id)
    uow.messages.add(message)


def learn_order(order: Order, uow: UnitOfWork) -> None:
    """Learns what became of an order, of which nobody is told."""
    uow.orders.put(order)


async def tell_about_order(order: Order, notice: Notice, cause: Cause, uow: UnitOfWork) -> None:
    """Learns what became of an order and tells the guest, or the customer once known."""
    uow.orders.put(order)
    message = _new(notice, order.order_id, cause)
    message.order_id, message.user_id = order.order_id, order.customer_id
    if order.guest is not None:
        message.address_to(order.guest, order.customer_id)
    uow.messages.add(message)


async def tell_about_payment(order_id: UUID, notice: Notice, cause: Cause, uow: UnitOfWork) -> None:
    """Tells whoever placed the order; the message waits until the order is known."""
    message = _new(notice, order_id, cause)
    message.order_id = order_id
    uow.messages.add(message)


async def tell_owner(owner: UUID, notice: Notice, cause: Cause, uow: UnitOfWork) -> None:
    """Tells an account about something of theirs that is no order; `notice.about` names it."""
    message = _new(notice, owner, cause)
    message.user_id = owner
    uow.messages.add(message)


def _new(notice: Notice, thing: UUID, cause: Cause) -> Message:
    now = utcnow()
    return Message(
        id=uuid7(),
        template=notice.template,
        header_id=header_id(notice.template, notice.about or thing, cause.mail_domain),
        cause=cause.event_id,
        created_at=now,
        due_at=now,
        details=notice.details,
    )
