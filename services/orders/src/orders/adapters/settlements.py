"""Wakes requests that wait for an order to settle, whichever process settled it.

The unit of work announces settled orders by NOTIFY when it commits; the process's one listening
connection hands their ids on to here.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class NotifiedSettlements:
    """The port `Settlements`. `settled` is the callback for the channel's payloads."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def watch(self, order_id: UUID) -> Iterator[asyncio.Event]:
        """See `Settlements.watch`."""
        settled = asyncio.Event()
        watchers = self._watchers[str(order_id)]
        watchers.add(settled)
        try:
            yield settled
        finally:
            watchers.discard(settled)
            if not watchers:
                self._watchers.pop(str(order_id), None)

    def settled(self, payload: str) -> None:
        """Wakes the watchers of an order; all of them for "", after a lost connection."""
        woken = [payload] if payload else list(self._watchers)
        for order_id in woken:
            for event in self._watchers.get(order_id, ()):
                event.set()
