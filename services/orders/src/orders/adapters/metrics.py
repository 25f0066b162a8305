"""This service's own figures for Prometheus: open sagas, orders settled, revenue, rejections.

The unit of work counts what it committed; a worker counts the open sagas every few seconds. A
saga that stays open is what an operator wants to see, and how long an order took to settle is what
its buyer does.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from orders.adapters.tables import order_sagas
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.saga import State

open_sagas = Gauge("orders_open_sagas", "Sagas that wait for an answer.", ("state",))
orders_settled = Counter("orders_settled_total", "Orders that came to a status.", ("status",))
rejected = Counter("orders_rejected_total", "Orders that were rejected.", ("reason",))
revenue = Counter(
    "orders_revenue_minor_total", "What confirmed orders come to, in minor units.", ("currency",)
)
settling = Histogram(
    "orders_settling_seconds",
    "Time from an order's placing to its confirmation or rejection.",
    ("status",),
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0),
)

_OPEN = [state for state in State if state not in (State.COMPLETED, State.COMPENSATED)]


def note_settled(orders: Iterable[Order]) -> None:
    """Counts orders whose status has just been committed."""
    for order in orders:
        orders_settled.labels(order.status).inc()
        if order.status is Status.CONFIRMED:
            revenue.labels(order.total.currency).inc(order.total.amount)
        elif order.status is Status.REJECTED:
            rejected.labels(order.reason or "unknown").inc()
        else:
            continue
        seconds = (order.updated_at - order.placed_at).total_seconds()
        settling.labels(order.status).observe(seconds)


class SagaMetrics:
    """Sets the gauge for every open state, also for those that no saga is in."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def measure(self) -> bool:
        """Counts once; returns False, since there is nothing left to do at once."""
        query = (
            select(order_sagas.c.state, func.count())
            .where(order_sagas.c.deadline.is_not(None))
            .group_by(order_sagas.c.state)
        )
        async with self._engine.connect() as connection:
            counts = dict(map(tuple, await connection.execute(query)))
        for state in _OPEN:
            open_sagas.labels(state).set(counts.get(state, 0))
        return False
