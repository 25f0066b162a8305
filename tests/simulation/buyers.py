"""Those who buy and take back: they live outside every process and ask again when no answer comes.

A request is a task of the orders process. It dies with it, and the answer may get lost on the way;
the buyer then repeats it with the same Idempotency-Key, as every client should.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.idempotency import IdempotencyKey, KeyInFlight
from chassis.infrastructure import is_infrastructure
from orders.application.cancel_order import cancel_order
from orders.application.cart_views import CartView
from orders.application.change_order import ChangeRequest
from orders.application.place_order import PlaceOrder, place_order
from orders.domain.cart import Cart
from orders.domain.errors import OrdersError
from orders.domain.owner import Owner
from orders.domain.purchase import Address, Purchase
from orders.testing.terms import TERMS
from orders.testing.values import quoted
from tests.simulation.engine import Engine
from tests.simulation.plan import Buy
from tests.simulation.shop import Shop
from tests.simulation.stores.orders import OrdersUnitOfWork
from tests.simulation.virtual import present
from tests.simulation.world import ServerAway

ADDRESS = Address("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB")
AGAIN_SECONDS = 2.0
Request = Callable[[], Coroutine[Any, Any, Any]]


@dataclass(slots=True)
class Purchased:
    """What one buyer did and was told."""

    buy: Buy
    key: IdempotencyKey
    order_id: UUID | None = None
    was_told: list[UUID] = field(default_factory=list)
    cancelled: bool = False


@dataclass(slots=True)
class Buyers:
    """All of them; `busy` counts those who wait for an answer."""

    shop: Shop
    purchases: dict[int, Purchased] = field(default_factory=dict)
    busy: int = 0

    def buy(self, wanted: Buy) -> None:
        """Fills a cart and orders it."""
        number = wanted.order
        owner = Owner.customer(str(UUID(int=0x1000 + number)))
        cart = Cart(UUID(int=0x2000 + number), owner, dict(wanted.lines), 1)
        self.shop.carts.carts[cart.id] = cart
        key = IdempotencyKey(f"buyer {number}", f"key {number}", "the same request")
        bought = self.purchases[number] = Purchased(wanted, key)
        command = PlaceOrder(cart.id, Purchase(owner, wanted.token, ADDRESS), _etag(cart), key)

        async def request() -> None:
            placed = await place_order(command, self.uow(), self.shop.carts, TERMS, self.now())
            bought.order_id = placed.order_id
            bought.was_told.append(placed.order_id)

        self._ask(f"order {number} is placed", request)

    def cancel(self, number: int) -> None:
        """Takes an order back, if its buyer knows by now that there is one."""
        bought = self.purchases.get(number)
        if bought is None or bought.order_id is None:
            return
        owner = Owner.customer(str(UUID(int=0x1000 + number)))
        key = IdempotencyKey(f"buyer {number}", f"cancel {number}", "the same request")
        command = ChangeRequest(bought.order_id, "cancel_order", owner, is_staff=False, key=key)

        async def request() -> None:
            await cancel_order(command, self.uow(), self.now())
            bought.cancelled = True

        self._ask(f"order {number} is cancelled", request)

    def _ask(self, what: str, request: Request) -> None:
        self.busy += 1
        self.shop.world.loop.create_task(self._until_answered(what, request))

    async def _until_answered(self, what: str, request: Request) -> None:
        while not await self.answered(what, request):
            await asyncio.sleep(AGAIN_SECONDS)
        self.busy -= 1

    async def answered(self, what: str, request: Request) -> bool:
        """Makes the request once; True when there is an answer, and be it a refusal."""
        if not (living := self.shop.processes["orders"]):
            return False
        world = self.shop.world
        task = world.spawn(living[0], request())
        await asyncio.wait([task])
        if task.cancelled():
            world.tell(f"{what}: the connection is cut")
            return False
        error = task.exception()
        if error is None:
            world.tell(f"{what}: answered")
            return True
        world.tell(f"{what}: {error!r}")
        if isinstance(error, OrdersError) and not what.endswith("is placed"):
            return True
        if not isinstance(error, KeyInFlight | ServerAway) and not is_infrastructure(error):
            world.failures.append(f"{what}: {error!r}")
            return True
        return False

    def uow(self) -> Any:
        engine: Any = Engine(self.shop.databases["orders"])
        return OrdersUnitOfWork(engine)

    def now(self) -> Any:
        return present(self.shop.world)


def _etag(cart: Cart) -> str:
    prices = [price for _, price in OrdersUnitOfWork.prices.stored.values()]
    return CartView.of(quoted(cart, *prices)).etag
