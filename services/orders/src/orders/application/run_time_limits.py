"""Acts for participants that stay silent: gives up, or asks again. Called by a worker.

Several processes may run it at once, since overdue sagas are claimed with SKIP LOCKED.
"""

from datetime import datetime

from chassis.context import conversation
from chassis.telemetry import extract, tracer
from orders.application.ports import UnitOfWork
from orders.application.timeline import Entry, Kind

BATCH = 100


async def run_time_limits(uow: UnitOfWork, now: datetime) -> bool:
    """Handles up to BATCH overdue sagas in one transaction; returns False when there was none."""
    async with uow:
        overdue = await uow.orders.overdue(now, BATCH)
        for order in overdue:
            # The messages of a timer belong to the conversation and the trace of the order.
            span = tracer().start_as_current_span("time limit", context=extract(order.traceparent))
            with span, conversation(order.conversation):
                uow.timeline.add(Entry(order.id, Kind.TIME_LIMIT, order.saga.state))
                order.time_limit_passed(now)
                uow.flush()
        await uow.commit()
    return bool(overdue)
