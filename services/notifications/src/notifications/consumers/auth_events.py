"""Handlers of `auth.events`: a new account is a new contact, and is welcomed.

Accounts that an operator imported are not: nobody opened them.
"""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.delivery import Handler
from chassis.envelope import Event
from notifications.application.write_message import Cause, welcome
from notifications.consumers.unit_of_work import ConsumedUnitOfWork
from notifications.domain.contact import Contact, Recipient

TOPIC = "auth.events"


class UserRegistered(BaseModel):
    """The data of `auth.user_registered.v1`."""

    user_id: UUID
    email: Annotated[str, Field(min_length=3, max_length=320)]
    name: str
    imported: bool


def handlers(mail_domain: str) -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by event type."""

    async def registered(event: Event, uow: ConsumedUnitOfWork) -> None:
        user = event.parse(UserRegistered)
        contact = Contact(user.user_id, event.sequence, Recipient(user.email, user.name))
        await welcome(contact, user.imported, Cause(event.id, mail_domain), uow)

    return {"auth.user_registered.v1": registered}
