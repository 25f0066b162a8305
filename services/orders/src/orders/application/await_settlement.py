"""Waits until an order is no longer pending, for a client that prefers to (RFC 7240 `wait`).

The wait holds no database connection. A wake-up that got lost costs half a second, not the
answer; and so does a process that is asked to stop.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from orders.application.order_views import OrderView
from orders.application.ports import OrderQueries, Settlements
from orders.domain.moves import Status

_POLL_SECONDS = 0.5


async def await_settlement(
    order_id: UUID,
    seconds: float,
    *,
    orders: OrderQueries,
    settlements: Settlements,
    stopping: Callable[[], bool] = lambda: False,
) -> OrderView:
    """Returns the order as settled within `seconds`, or as it stands then or when `stopping`."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    with settlements.watch(order_id) as settled:
        while True:
            order = await orders.read(order_id)
            left = deadline - clock()
            if order.status is not Status.PENDING or left <= 0 or stopping():
                return order
            await _wait(settled, min(left, _POLL_SECONDS))


async def _wait(settled: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await settled.wait()
    except TimeoutError:
        return
