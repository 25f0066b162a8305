"""What a handler works in: payments' unit of work, opened and committed by the consumer.

The type alone; `bootstrap.py` provides the one over PostgreSQL and the tests a fake.
"""

from typing import Protocol

from chassis.delivery import ConsumerUnitOfWork
from payments.application.unit_of_work import UnitOfWork


class ConsumedUnitOfWork(UnitOfWork, ConsumerUnitOfWork, Protocol):
    """Stores for the handlers, inbox for the consumer."""
