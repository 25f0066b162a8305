"""What a handler works in: notifications' unit of work, opened and committed by the consumer.

The type alone; `bootstrap.py` provides the one over PostgreSQL and the tests a fake.
"""

from typing import Protocol

from chassis.delivery import ConsumerUnitOfWork
from notifications.domain.webhook_ports import WebhookWork


class ConsumedUnitOfWork(WebhookWork, ConsumerUnitOfWork, Protocol):
    """Repositories for the handlers, inbox for the consumer."""
