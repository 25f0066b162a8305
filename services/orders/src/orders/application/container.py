"""All that the API needs. bootstrap.py makes it; api/dependencies.py hands it out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from orders.application.ports import (
    OrderQueries,
    Placing,
    PriceQueries,
    PromotionQueries,
    Settlements,
    Timelines,
    UnitOfWork,
)
from orders.application.quoting import Quotes
from orders.domain.ports import Carts


@dataclass(frozen=True, slots=True)
class Container:
    """The ports of one process."""

    unit_of_work: Callable[[], UnitOfWork]
    placing: Callable[[], Placing]
    carts: Carts
    orders: OrderQueries
    timelines: Timelines
    prices: PriceQueries
    promotions: PromotionQueries
    quotes: Quotes
    settlements: Settlements
    clock: Callable[[], datetime]
