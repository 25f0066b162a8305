"""A whole shop in memory: a unit of work that tests may open again and again, and its ports.

`published` holds the (topic, event) of everything committed, as the real outbox would.
"""

from collections.abc import Iterable
from datetime import datetime
from types import TracebackType

from chassis.clock import utcnow
from chassis.envelope import Event
from chassis.testing import FakeUnitOfWork
from orders.adapters.event_mapping import to_message
from orders.adapters.settlements import NotifiedSettlements
from orders.application.container import Container
from orders.application.quoting import Quotes
from orders.application.timeline import said
from orders.testing.memory_carts import MemoryCarts
from orders.testing.memory_orders import MemoryOrders, MemoryPrices, MemoryTimeline
from orders.testing.memory_promotions import MemoryPromotions
from orders.testing.terms import TERMS


class MemoryShop(FakeUnitOfWork):
    """The port `UnitOfWork`; one transaction at a time. `now` moves only when a test moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.orders = MemoryOrders()
        self.timeline = MemoryTimeline()
        self.promotions = MemoryPromotions()
        self.prices = MemoryPrices(self.promotions)
        self.carts = MemoryCarts()
        self.settlements = NotifiedSettlements()
        self.now: datetime = utcnow()

    @property
    def types(self) -> list[str]:
        """The types of everything published, without the service's name and the version."""
        return [event.type.split(".")[1] for _, event in self.published]

    def container(self) -> Container:
        """Returns what the API needs."""
        return Container(
            unit_of_work=lambda: self,
            placing=lambda: self,
            carts=self.carts,
            orders=self.orders,
            timelines=self.timeline,
            prices=self.prices,
            promotions=self.promotions,
            quotes=Quotes(self.prices, TERMS, lambda: self.now),
            settlements=self.settlements,
            clock=lambda: self.now,
        )

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Turns what the orders recorded into messages, as the real one does."""
        for order, recorded in self.orders.take_recorded():
            topic, event = to_message(order, recorded)
            self.timeline.add(said(order.id, recorded, event))
            yield topic, event

    async def commit(self) -> None:
        """Makes the transaction count and wakes those who wait for a settled order."""
        await super().commit()
        self.promotions.commit(self.orders.ended())
        self.orders.commit()
        self.timeline.commit()
        for order_id in self.orders.stored:
            self.settlements.settled(str(order_id))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forgets what was not committed."""
        await super().__aexit__(kind, error, trace)
        self.orders.roll_back()
        self.promotions.roll_back()
        self.timeline.roll_back()
