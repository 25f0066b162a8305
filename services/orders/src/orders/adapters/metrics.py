"""This service's own figures for Prometheus: open sagas by state, and orders settled.

The unit of work counts what it committed; a worker counts the open sagas every few seconds. A
saga that stays open is what an operator wants to see.
"""

from prometheus_client import Counter, Gauge
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from orders.adapters.tables import order_sagas
from orders.domain.saga import State

open_sagas = Gauge("orders_open_sagas", "Sagas that wait for an answer.", ("state",))
orders_settled = Counter("orders_settled_total", "Orders that came to a status.", ("status",))

_OPEN = [state for state in State if state not in (State.COMPLETED, State.COMPENSATED)]


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
