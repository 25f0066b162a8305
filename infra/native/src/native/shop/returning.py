"""Sends goods back as the shop's own staff would: pack, ship, deliver, and take the return in.

`replayer` calls it once the orders have settled. Every step is looked up or keyed first, so a
replay that broke off goes on where it was, and one that did not changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from native.shop.bounded import for_each
from native.shop.matching import GoodsBack
from native.shop.session import Session
from native.shop.waiting import until_none_is_left

_ON_THEIR_WAY = ("waiting", "pending")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundReturn:
    """What the shop says came back of an order: units by SKU, and pence given back."""

    units: Mapping[str, int]
    refunded: int


async def send_back(
    wanted: Mapping[str, Sequence[GoodsBack]], session: Session, *, at_once: int
) -> int:
    """Brings back what is wanted, by order id; returns how many returns were new."""
    made: list[int] = []
    with session.meter.count("Taking returns in", len(wanted)) as advance:

        async def bring(order_id: str) -> None:
            made.append(await _Way(order_id, session).bring_back(wanted[order_id]))
            advance(1)

        await for_each(wanted, bring, at_once=at_once)
    return sum(made)


async def returns_settled(
    order_ids: Sequence[str], session: Session, note: Callable[[str], None]
) -> dict[str, FoundReturn]:
    """Waits until every return of these orders is restocked and refunded; returns what there is."""

    async def look() -> tuple[dict[str, FoundReturn], int]:
        bodies: dict[str, Body] = {}

        async def read(order_id: str) -> None:
            bodies[order_id] = await _Way(order_id, session).read()

        await for_each(order_ids, read, at_once=16)
        found = {order_id: _found(body) for order_id, body in bodies.items()}
        return found, sum(map(_open_ends, bodies.values()))

    found, _ = await until_none_is_left(look, lambda left: note(f"{left:,} returns to go"))
    return found


class _Way:
    """One order on its way to the buyer and back; every request may be repeated."""

    def __init__(self, order_id: str, session: Session) -> None:
        self._path = f"/v1/orders/{order_id}"
        self._order_id = order_id
        self._session = session

    async def read(self) -> Body:
        """The order as it is now."""
        return await self._send("GET", "")

    async def bring_back(self, goods: Sequence[GoodsBack]) -> int:
        """Takes the goods in that are not in yet; returns how many returns were asked for."""
        body = await self._deliver(await self.read())
        made = 0
        for back in goods:
            if _return_of(body, back) is None:
                body = await self._ask(back)
                made += 1
            asked = _return_of(body, back)
            if asked is not None and asked["status"] == "requested":
                path = f"/returns/{asked['id']}/receipt"
                body = await self._send("POST", path, key=f"receipt-{asked['id']}")
        return made

    async def _deliver(self, body: Body) -> Body:
        if body["status"] == "confirmed":
            body = await self._send("POST", "/packing", key="packing")
        if body["status"] in ("packed", "partially_shipped"):
            body = await self._send("POST", "/shipments", key="shipment", json={})
        for shipment in body["shipments"]:
            if shipment["delivered_at"] is None:
                path = f"/shipments/{shipment['id']}/delivery"
                body = await self._send("POST", path, key=f"delivery-{shipment['id']}")
        return body

    async def _ask(self, back: GoodsBack) -> Body:
        lines = [{"sku": sku, "quantity": count} for sku, count in sorted(back.units.items())]
        wanted = {"lines": lines, "reason": _reason(back)}
        return await self._send("POST", "/returns", key=back.invoice, json=wanted)

    async def _send(self, method: str, path: str, *, key: str = "", json: Any = None) -> Body:
        headers = dict(await self._session.operator.headers())
        if key:
            headers["Idempotency-Key"] = f"{key}-{self._order_id}"
        where = f"{self._path}{path}"
        answer = await self._session.api.send(method, where, headers=headers, json=json)
        body: Body = answer.json()
        return body


def _reason(back: GoodsBack) -> str:
    return f"Invoice {back.invoice}"


def _return_of(body: Body, back: GoodsBack) -> Body | None:
    return next((one for one in body["returns"] if one["reason"] == _reason(back)), None)


def _open_ends(body: Body) -> int:
    """A refund that failed is no open end: it is a difference, and is named as one."""
    paying = [refund for refund in body["refunds"] if refund["status"] in _ON_THEIR_WAY]
    shelving = [r for r in body["returns"] if r["status"] == "received" and not r["restocked"]]
    return len(paying) + len(shelving)


def _found(body: Body) -> FoundReturn:
    units = {line["sku"]: line["returned_quantity"] for line in body["lines"]}
    came_back = {sku: count for sku, count in units.items() if count}
    return FoundReturn(came_back, body["refunded"]["amount"])
