"""A caller's request to change an order, as the use cases of its later life take it.

The routes of cancellations, of the warehouse, of returns and of refunds make one each.
"""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Header

from chassis.http_idempotency import RequestKey
from orders.api.dependencies import Visitor
from orders.api.order_links import order_etag
from orders.application.change_order import ChangeRequest, Condition

SeenOrder = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the order as seen: 412 if it has changed."),
]


def asking(
    operation: str,
    order_id: UUID,
    visitor: Visitor,
    key: RequestKey | None,
    if_match: str | None,
    *,
    is_staff: bool = True,
    status: int = 200,
) -> ChangeRequest:
    """Returns the visitor's request, with the key as their own and the order as they saw it."""
    return ChangeRequest(
        order_id,
        operation,
        visitor.owner,
        is_staff,
        key.scoped(str(visitor.owner)) if key else None,
        status,
        Condition(if_match, partial(order_etag, visitor=visitor)) if if_match is not None else None,
    )
