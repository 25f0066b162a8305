"""Notifications' unit of work: messages, contacts, orders and events in one transaction.

`commit` writes a batch's contacts and orders, then its messages, addresses those whose recipient
is known, writes what webhooks want, and wakes the senders.
"""

from collections.abc import Iterable
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.encryption import Encryption
from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork
from notifications.adapters.contact_repository import SqlContacts
from notifications.adapters.delivery_repository import SqlDeliveries
from notifications.adapters.event_mapping import TOPIC, sent
from notifications.adapters.message_repository import SqlMessages
from notifications.adapters.order_repository import SqlOrders
from notifications.adapters.preference_repository import SqlPreferences
from notifications.adapters.webhook_repository import SqlWebhooks

CHANNEL = "messages"
"""PostgreSQL's channel on which the senders listen."""
WEBHOOK_CHANNEL = "webhook_deliveries"
"""And the one of who sends to webhooks."""


class NotificationsUnitOfWork(SqlUnitOfWork):
    """One transaction; `bootstrap` makes a new one for each use case or batch."""

    messages: SqlMessages
    contacts: SqlContacts
    orders: SqlOrders
    preferences: SqlPreferences
    webhooks: SqlWebhooks
    deliveries: SqlDeliveries

    def __init__(self, engine: AsyncEngine, encryption: Encryption) -> None:
        super().__init__(engine)
        self._encryption = encryption

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.messages = SqlMessages(self.connection)
        self.contacts = SqlContacts(self.connection)
        self.orders = SqlOrders(self.connection)
        self.preferences = SqlPreferences(self.connection)
        self.webhooks = SqlWebhooks(self.connection, self._encryption)
        self.deliveries = SqlDeliveries(self.connection, self._encryption)
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Yields that a message was sent."""
        for event in self.messages.events():
            yield TOPIC, sent(event)

    async def commit(self) -> None:
        """Writes what is new and commits it together with the events."""
        users = await self.contacts.write()
        orders = await self.orders.write()
        if await self.messages.write(users, orders):
            await self.notify(CHANNEL)
        if await self.deliveries.write():
            await self.notify(WEBHOOK_CHANNEL)
        await super().commit()
