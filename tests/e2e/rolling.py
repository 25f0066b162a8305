"""A rolling restart under load: each process is stopped and started in its turn, no request fails.

A process that stops closes its door first and says on each answer that the connection ends, so
that the gateway has gone over to the other one before anything is cut. The end-to-end tests do it
to one service, `./souk test reliability` to all.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from tests.e2e.buyers import Buyer
from tests.e2e.processes import Processes
from tests.e2e.shop import SKU, Shop
from tests.e2e.test_graceful_stop import crowd

BUYERS, READERS = 3, 2


class Load:
    """Buyers and readers, and what they were answered."""

    def __init__(self, shop: Shop, customer: Shop) -> None:
        self._shop = shop
        self._customer = customer
        self.answers: Counter[tuple[str, int]] = Counter()
        self.refusals: list[str] = []

    async def buy(self) -> None:
        """One whole purchase."""
        buyer = Buyer(self._shop.as_guest())
        cart = (await self._ask(buyer.shop, "POST", "/v1/carts")).headers["location"]
        line = {"items": [{"sku": SKU, "quantity": 1}]}
        filled = await self._ask(buyer.shop, "PUT", f"{cart}/items", line)
        etag, contact = filled.headers["etag"], buyer.contact
        placed = await buyer.shop.place(cart, etag, wait=0, contact=contact)
        self._note("POST /v1/orders", placed)

    async def read(self) -> None:
        """A page that no cache can have, and what needs a token."""
        secret = secrets.token_hex(4)
        await self._ask(self._shop, "GET", f"/v1/products?limit=5&q=heart%20{secret}")
        await self._ask(self._customer, "GET", "/v1/users/me")
        await self._ask(self._customer, "GET", "/v1/messages")

    async def _ask(self, who: Shop, method: str, path: str, body: Any = None) -> Any:
        answer = await who.call(method, path, body)
        what = "/".join(path.partition("?")[0].split("/")[:3])
        self._note(f"{method} {what}", answer)
        return answer

    def _note(self, what: str, answer: httpx.Response) -> None:
        self.answers[what, answer.status_code] += 1
        if answer.is_error:
            self.refusals.append(f"{what}: {answer.text}")


async def restart_each(
    processes: Processes, names: Sequence[str], shop: Shop, customer: Shop
) -> None:
    """Restarts the processes one after another while there is load."""
    load = Load(shop, customer)
    async with crowd(BUYERS, load.buy), crowd(READERS, load.read):
        for name in names:
            await processes.keeper.stop([name])
            processes.keeper.start(name)
            await processes.until_ready(name)
    assert not load.refusals, load.answers
    assert load.answers["POST /v1/orders", 201] >= len(names)
