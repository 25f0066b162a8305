"""Waits until the shop is quiet: no order pending, no saga open, no event in any outbox.

`replayer` calls it before it reconciles. Sagas and outboxes are read from the services' own
`/metrics`, which only this machine can reach.
"""

from collections.abc import Callable, Iterator

import httpx

from native.exposition import read
from native.options import SERVICES
from native.ports import Ports
from native.record import Record
from native.shop.found_orders import PENDING
from native.shop.session import Session
from native.shop.waiting import until_none_is_left

OPEN_SAGAS, OUTBOX = "orders_open_sagas", "outbox_waiting"
OUTBOX_OLDEST = "outbox_oldest_seconds"
CONFIRMATION = "order_confirmed"


async def orders_settled(session: Session, note: Callable[[str], None]) -> int:
    """Waits until no order is pending and no saga open; returns how many still are."""

    async def look() -> tuple[None, int]:
        headers = session.operator.headers
        pending = 0
        async for _ in session.api.items("/v1/orders", headers, status=PENDING):
            pending += 1
        return None, pending or int(await gauge(session.record, OPEN_SAGAS, ("orders",)))

    _, left = await until_none_is_left(look, lambda left: note(f"{left:,} orders to go"))
    return left


async def outboxes_empty(session: Session, note: Callable[[str], None]) -> int:
    """Waits until every event is published; returns how many still wait."""

    async def look() -> tuple[None, int]:
        return None, int(await gauge(session.record, OUTBOX, SERVICES))

    _, left = await until_none_is_left(
        look, lambda left: note(f"{left:,} events to go"), standstill=30.0
    )
    return left


async def confirmations_sent(
    orders: frozenset[str], session: Session, note: Callable[[str], None]
) -> dict[str, int]:
    """Waits until each of these orders has its mail; returns how many mails each has."""

    async def look() -> tuple[dict[str, int], int]:
        mails = dict.fromkeys(orders, 0)
        items = session.api.items(
            "/v1/messages", session.operator.headers, template=CONFIRMATION, status="sent"
        )
        async for message in items:
            if message["order_id"] in mails:
                mails[message["order_id"]] += 1
        return mails, sum(not count for count in mails.values())

    mails, _ = await until_none_is_left(look, lambda left: note(f"{left:,} mails to go"))
    return mails


async def gauge(kept: Record, name: str, services: tuple[str, ...]) -> float:
    """The sum of a gauge over all processes of these services."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        answers = [await http.get(address) for address in _addresses(kept, services)]
    wanted = frozenset({name})
    return sum(sample.value for answer in answers for sample in read(answer.text, wanted))


def _addresses(kept: Record, services: tuple[str, ...]) -> Iterator[str]:
    ports = Ports(kept.port_base)
    for service in services:
        for replica in range(kept.options.count(service)):
            yield f"http://127.0.0.1:{ports.of(service, replica)}/metrics"
