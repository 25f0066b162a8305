"""What becomes of an order after it is placed: packed, shipped in parts, delivered, and back again.

`crowd.py` sends some of the orders on their way, drawn from the seed. A step that the shop refuses
(the buyer cancelled, the money was not there) ends the journey; every step may be repeated.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from native.chaos.client import Client, Request

LOOKS, PAUSE = 15, 1.0  # at an order until it is confirmed
TRAVELS, SPLIT, RETURNED, REFUSED, GOODWILL = 0.5, 0.4, 0.5, 0.15, 0.15
Body = dict[str, Any]
# Its buyer may cancel an order until it is packed, and a charge may fail that a refund needs.
MAY_BE_LATE = frozenset({"pack_order", "refund_order"})


@dataclass(frozen=True, slots=True)
class Route:
    """How far an order goes, and which way."""

    travels: bool
    split: bool
    returned: bool
    refused: bool
    goodwill: bool

    @classmethod
    def draw(cls, dice: random.Random) -> "Route":
        """A route by the dice."""
        chances = (TRAVELS, SPLIT, RETURNED, REFUSED, GOODWILL)
        return cls(*(dice.random() < chance for chance in chances))


class Journey:
    """One order on its way; `staff` may do everything to it."""

    def __init__(self, order: str, route: Route, staff: Client) -> None:
        self._order = order
        self._route = route
        self._staff = staff

    async def go(self) -> None:
        """As far as the route and the shop let it."""
        if not self._route.travels or not await self._confirmed():
            return
        shipped = await self._ship(await self._do("pack_order", "/packing"))
        delivered = await self._deliver(shipped)
        if delivered is not None and self._route.returned:
            await self._bring_back(delivered)
        if delivered is not None and self._route.goodwill:
            money = {"amount": {"amount": 1, "currency": "GBP"}, "reason": "goodwill"}
            await self._do("refund_order", "/refunds", money)

    async def _confirmed(self) -> bool:
        for _ in range(LOOKS):
            path = f"/v1/orders/{self._order}"
            seen = await self._staff.ask(Request("read_order", "GET", path))
            if seen is None or not seen.is_success:
                return False
            if seen.json()["status"] != "pending":
                return bool(seen.json()["status"] == "confirmed")
            await asyncio.sleep(PAUSE)
        return False

    async def _ship(self, order: Body | None) -> Body | None:
        if order is None:
            return None
        if self._route.split:
            first = {"lines": [{"sku": order["lines"][0]["sku"], "quantity": 1}]}
            order = await self._do("ship_order", "/shipments", first, part="first")
        if order is not None and order["status"] != "shipped":
            order = await self._do("ship_order", "/shipments", {}, part="rest")
        return order

    async def _deliver(self, order: Body | None) -> Body | None:
        for shipment in [] if order is None else order["shipments"]:
            path = f"/shipments/{shipment['id']}/delivery"
            order = await self._do("deliver_shipment", path, part=shipment["id"])
        return order

    async def _bring_back(self, order: Body) -> None:
        line = order["lines"][0]
        wanted = {"lines": [{"sku": line["sku"], "quantity": 1}], "reason": "chaos"}
        asked = await self._do("request_return", "/returns", wanted)
        for back in [] if asked is None else _open(asked["returns"]):
            path = f"/returns/{back['id']}"
            if self._route.refused:
                await self._do("refuse_return", f"{path}/refusal", {"reason": "worn"})
            else:
                await self._do("receive_return", f"{path}/receipt")

    async def _do(self, operation: str, path: str, body: Any = None, part: str = "") -> Body | None:
        """The order after a step; None where the shop refused it or gave no answer."""
        key = f"{operation}-{part}-{self._order}"
        where = f"/v1/orders/{self._order}{path}"
        causes = (409,) if operation in MAY_BE_LATE else ()
        answer = await self._staff.ask(Request(operation, "POST", where, body, key, causes=causes))
        if answer is None or not answer.is_success:
            return None
        found: Body = answer.json()
        return found


def _open(returns: Sequence[Body]) -> list[Body]:
    return [back for back in returns if back["status"] == "requested"]
