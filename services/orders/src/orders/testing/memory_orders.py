"""Orders and prices in dictionaries: repository, price book and queries of a shop in memory.

A transaction works on copies, which count once it commits. Locks are not imitated: tests of
races use the real database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from orders.application.order_views import OrderSummary, OrderView
from orders.application.ports import OrderFilter
from orders.application.price_views import PriceView
from orders.application.timeline import Entry, TimelineView
from orders.domain.cart import Cart
from orders.domain.errors import CartOrdered, OrderNotFound
from orders.domain.events import Recorded
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.pricing import Price
from orders.domain.quote import Offers
from orders.testing.memory_promotions import MemoryPromotions

_ANY_PRODUCT = UUID(int=0)


class MemoryOrders:
    """The ports `Orders`, `NewOrders` and `OrderQueries`; `stored` is what is committed."""

    def __init__(self) -> None:
        self.stored: dict[UUID, Order] = {}
        self._working: dict[UUID, Order] = {}

    async def add(self, order: Order) -> None:
        """See `NewOrders.add`."""
        for other in self.stored.values():
            if other.cart_id == order.cart_id:
                raise CartOrdered(other.id)
        self._working[order.id] = order

    async def get(self, order_id: UUID) -> Order:
        """See `Orders.get`."""
        if order_id not in self._working:
            if order_id not in self.stored:
                raise OrderNotFound
            self._working[order_id] = deepcopy(self.stored[order_id])
        return self._working[order_id]

    async def overdue(self, now: datetime, limit: int) -> Sequence[Order]:
        """See `Orders.overdue`."""
        late = [o for o in self.stored.values() if o.saga.deadline and o.saga.deadline <= now]
        late.sort(key=lambda order: str(order.saga.deadline))
        return [await self.get(order.id) for order in late[:limit]]

    async def read(self, order_id: UUID) -> OrderView:
        """See `OrderQueries.read`."""
        if order_id not in self.stored:
            raise OrderNotFound
        return OrderView.of(self.stored[order_id])

    async def page(
        self, wanted: OrderFilter, before: UUID | None, limit: int
    ) -> Sequence[OrderSummary]:
        """See `OrderQueries.page`."""
        newest_first = sorted(self.stored.values(), key=lambda order: order.id, reverse=True)
        fitting = [o for o in newest_first if _fits(o, wanted) and (not before or o.id < before)]
        return [_summary(order) for order in fitting[:limit]]

    def take_recorded(self) -> Iterator[tuple[Order, Recorded]]:
        """Yields what the orders of this transaction recorded since the last call."""
        for order in self._working.values():
            recorded, order.recorded = order.recorded, []
            yield from ((order, fact) for fact in recorded)

    def ended(self) -> list[Order]:
        """Returns the orders that this transaction rejected or cancelled."""
        over = (Status.REJECTED, Status.CANCELLED)
        working = self._working.values()
        before = {o.id for o in self.stored.values() if o.status in over}
        return [order for order in working if order.status in over and order.id not in before]

    def commit(self) -> None:
        """Makes the copies count."""
        self.stored |= self._working
        self._working = {}

    def roll_back(self) -> None:
        """Forgets the copies."""
        self._working = {}


class MemoryTimeline:
    """The ports `Timeline` and `Timelines`; `stored` is what is committed, in order."""

    def __init__(self) -> None:
        self.stored: list[Entry] = []
        self._working: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """See `Timeline.add`."""
        self._working.append(entry)

    async def page(self, order_id: UUID, after: int, limit: int) -> Sequence[TimelineView]:
        """See `Timelines.page`."""
        numbered = [TimelineView(n, entry) for n, entry in enumerate(self.stored, start=1)]
        ours = [v for v in numbered if v.entry.order_id == order_id and v.position > after]
        return ours[:limit]

    def commit(self) -> None:
        """Makes the entries count."""
        self.stored += self._working
        self._working = []

    def roll_back(self) -> None:
        """Forgets them."""
        self._working = []


class MemoryPrices:
    """The ports `PriceBook` and `PriceQueries`: sequence and price by SKU and product."""

    def __init__(self, promotions: MemoryPromotions) -> None:
        self.promotions = promotions
        self.stored: dict[tuple[str, UUID], tuple[int, Price]] = {}

    def put_on_sale(self, *prices: Price) -> None:
        """Sets prices, as if the catalogue had announced them."""
        for price in prices:
            sequence, _ = self.stored.get((price.sku, _ANY_PRODUCT), (0, price))
            self.stored[price.sku, _ANY_PRODUCT] = (sequence + 1, price)

    async def offers(self, cart: Cart, now: datetime) -> Offers:
        """See `PriceQueries.offers`."""
        offered = self.promotions.offered(cart, now)
        return Offers(await self.of(cart.quantities), offered)

    async def of(self, skus: Iterable[str]) -> Mapping[str, Price]:
        """See `PriceQueries.of`."""
        newest = self._newest()
        return {sku: newest[sku][1] for sku in skus if sku in newest}

    def put_product(self, product_id: UUID, sequence: int, prices: Sequence[Price]) -> None:
        """See `PriceBook.put_product`."""
        for price in prices:
            known, _ = self.stored.get((price.sku, product_id), (0, price))
            if known < sequence:
                self.stored[price.sku, product_id] = (sequence, price)
        for (sku, owner), (known, price) in self.stored.items():
            if owner == product_id and known < sequence:
                self.stored[sku, owner] = (sequence, replace(price, withdrawn=True))

    def change_price(self, product_id: UUID, sku: str, sequence: int, price: Money) -> None:
        """See `PriceBook.change_price`."""
        known, old = self.stored.get((sku, product_id), (sequence, None))
        if old and known < sequence:
            self.stored[sku, product_id] = (sequence, replace(old, unit_price=price))

    async def page(self, after: str | None, limit: int) -> Sequence[PriceView]:
        """See `PriceQueries.page`."""
        newest = self._newest()
        skus = [sku for sku in sorted(newest) if after is None or sku > after]
        return [_price_view(*newest[sku]) for sku in skus[:limit]]

    def _newest(self) -> dict[str, tuple[int, Price]]:
        """What is on sale hides what is withdrawn, and a newer product an older one."""
        rows = sorted(self.stored.items(), key=lambda row: (not row[1][1].withdrawn, row[0][1]))
        return {sku: found for (sku, _), found in rows}


def _fits(order: Order, wanted: OrderFilter) -> bool:
    return (
        wanted.owner in (None, order.purchase.owner)
        and wanted.status in (None, order.status)
        and wanted.reference in (None, order.purchase.reference)
        and (wanted.updated_after is None or order.updated_at > wanted.updated_after)
    )


def _summary(order: Order) -> OrderSummary:
    return OrderSummary(
        id=order.id,
        owner=order.purchase.owner,
        status=order.status,
        reference=order.purchase.reference,
        country=order.purchase.address.country,
        total=order.total,
        version=order.version,
        placed_at=order.placed_at,
        updated_at=order.updated_at,
    )


def _price_view(sequence: int, price: Price) -> PriceView:
    return PriceView(price.sku, price.name, price.unit_price, price.withdrawn, sequence)
