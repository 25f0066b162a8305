"""Views and domain objects as JSON bodies, with their links (HAL).

Called by the routes alone; nothing here decides or reads.
"""

from inventory.api.schemas import (
    AdjustmentBody,
    AdjustmentLineBody,
    MovementBody,
    StockBody,
)
from inventory.application.queries import MovementView, StockView
from inventory.domain.adjustment import Adjustment


def stock_body(stock: StockView) -> StockBody:
    """Returns one SKU's stock with the way to its movements."""
    path = f"/v1/stock/{stock.sku}"
    return StockBody(
        sku=stock.sku,
        available=stock.available,
        reserved=stock.reserved,
        sold=stock.sold,
        returned=stock.returned,
        in_stock=stock.available > 0,
        links={"self": {"href": path}, "movements": {"href": f"{path}/movements"}},
    )


def movement_body(movement: MovementView) -> MovementBody:
    """Returns one change."""
    return MovementBody(
        id=movement.id,
        kind=movement.kind,
        available=movement.available,
        reserved=movement.reserved,
        sold=movement.sold,
        returned=movement.returned,
        cause=movement.cause,
        made_at=movement.made_at,
    )


def adjustment_location(adjustment: Adjustment) -> str:
    """Returns the path of an adjustment."""
    return f"/v1/stock-adjustments/{adjustment.id}"


def adjustment_body(adjustment: Adjustment) -> AdjustmentBody:
    """Returns a booked adjustment."""
    return AdjustmentBody(
        id=adjustment.id,
        reason=adjustment.reason,
        made_by=adjustment.made_by,
        made_at=adjustment.made_at,
        lines=[AdjustmentLineBody(sku=line.sku, delta=line.delta) for line in adjustment.lines],
        links={"self": {"href": adjustment_location(adjustment)}},
    )
