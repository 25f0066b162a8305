"""Reads of orders that ask who is reading. Called by the API; they change nothing.

Who may see everything is said by the route; here that is an owner of None.
"""

from uuid import UUID

from orders.application.order_views import OrderView
from orders.application.ports import OrderQueries
from orders.domain.errors import OrderNotFound
from orders.domain.owner import Owner


async def read_order(order_id: UUID, owner: Owner | None, orders: OrderQueries) -> OrderView:
    """Returns the order. Raises OrderNotFound, for another's order too; None sees everyone's."""
    order = await orders.read(order_id)
    if owner not in (None, order.owner):
        raise OrderNotFound
    return order
