"""What payments answers to the saga's commands.

Bootstrap starts it as part of the saga's consumer group.
"""

from collections.abc import Mapping

from chassis.delivery import Handler
from orders.application.ports import UnitOfWork
from orders.consumers.inventory_events import telling
from orders.domain.saga import Answer

TOPIC = "payments.events"

HANDLERS: Mapping[str, Handler[UnitOfWork]] = {
    "payments.payment_authorised.v1": telling(Answer.PAYMENT_AUTHORISED),
    "payments.payment_declined.v1": telling(Answer.PAYMENT_DECLINED),
    "payments.payment_voided.v1": telling(Answer.PAYMENT_VOIDED),
    "payments.payment_refunded.v1": telling(Answer.PAYMENT_REFUNDED),
}
