"""What happens to an order after it is confirmed: packed, shipped in parts, delivered, given back.

The staff and the buyer do it through the use cases behind the API, each with a key of its own, and
ask again when no answer comes. What the order refuses is refused, and they go on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from chassis.idempotency import IdempotencyKey
from orders.application.change_order import ChangeRequest
from orders.application.fulfil_order import deliver_shipment, pack_order, ship_order
from orders.application.refund_order import WantedRefund, refund_order
from orders.application.return_goods import WantedReturn, receive_return, request_return
from orders.domain.dispatch import Parcel
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.owner import Owner
from tests.simulation.buyers import AGAIN_SECONDS, Buyers
from tests.simulation.plan import Life
from tests.simulation.shop import Shop

OPEN = ("confirmed", "packed", "partially_shipped", "shipped", "delivered", "returned")
LOOKS = 300
Act = Callable[["Staff", Order, ChangeRequest], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Staff:
    """Those who work on orders."""

    shop: Shop
    buyers: Buyers

    def begin(self, life: Life) -> None:
        """Begins what is to be done with an order."""
        self.buyers.busy += 1
        self.shop.world.loop.create_task(self._live(life))

    async def _live(self, life: Life) -> None:
        if await self._is_confirmed(life.order):
            for number, act in enumerate(life.acts):
                await self._do(life.order, act, IdempotencyKey("staff", f"{life} {number}", act))
        self.buyers.busy -= 1

    async def _do(self, number: int, act: str, key: IdempotencyKey) -> None:
        order = self._order(number)
        assert order is not None, "orders are not deleted"
        request = ChangeRequest(order.id, act, Owner.customer("the staff"), key=key)

        async def ask() -> None:
            await ACTS[act](self, order, request)

        while not await self.buyers.answered(f"order {number}: {act}", ask):
            await asyncio.sleep(AGAIN_SECONDS)

    async def _is_confirmed(self, number: int) -> bool:
        for _ in range(LOOKS):
            order = self._order(number)
            if order is not None and order.status != "pending":
                return order.status in OPEN
            if order is None and number not in self.buyers.purchases:
                return False
            await asyncio.sleep(AGAIN_SECONDS)
        return False

    def _order(self, number: int) -> Order | None:
        bought = self.buyers.purchases.get(number)
        stored = self.shop.databases["orders"].tables["orders"]
        return stored.get(bought.order_id) if bought else None

    async def pack(self, _: Order, request: ChangeRequest) -> None:
        await pack_order(request, self.buyers.uow(), self.buyers.now())

    async def ship_one(self, order: Order, request: ChangeRequest) -> None:
        parcel = Parcel({order.lines[0].sku: 1})
        await ship_order(request, parcel, self.buyers.uow(), self.buyers.now())

    async def ship(self, _: Order, request: ChangeRequest) -> None:
        await ship_order(request, Parcel(), self.buyers.uow(), self.buyers.now())

    async def deliver(self, order: Order, request: ChangeRequest) -> None:
        for shipment in order.fulfilment.shipments:
            if shipment.delivered_at is None:
                now = self.buyers.now()
                await deliver_shipment(request, shipment.id, self.buyers.uow(), now)
                return

    async def ask_back(self, order: Order, request: ChangeRequest) -> None:
        wanted = WantedReturn({order.lines[0].sku: 1}, "broken")
        await request_return(request, wanted, self.buyers.uow(), self.buyers.now())

    async def take_back(self, order: Order, request: ChangeRequest) -> None:
        for one in order.fulfilment.returns:
            await receive_return(request, one.id, self.buyers.uow(), self.buyers.now())
            return

    async def refund(self, order: Order, request: ChangeRequest) -> None:
        wanted = WantedRefund(Money(101, order.total.currency), "late")
        await refund_order(request, wanted, self.buyers.uow(), self.buyers.now())


ACTS: dict[str, Act] = {
    "pack": Staff.pack,
    "ship_one": Staff.ship_one,
    "ship": Staff.ship,
    "deliver": Staff.deliver,
    "ask_back": Staff.ask_back,
    "take_back": Staff.take_back,
    "refund": Staff.refund,
}
