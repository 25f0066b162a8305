"""A lane for each webhook: who answers slowly holds up nobody but themselves (a bulkhead).

A step claims what is due for every webhook whose lane is free, and lets each lane send side by
side. A lane that ends wakes the next step. Run as a component of the process.
"""

import asyncio
from collections import defaultdict
from uuid import UUID

from chassis.worker import Worker
from notifications.application.deliver_webhooks import Courier, claim, deliver
from notifications.domain.webhook_ports import DueDelivery

POLL_SECONDS = 2.0
PATIENCE_SECONDS = 2.5
"""So long an end waits for the tries under way; one that is cut short is tried again."""


class Lanes:
    """The component that sends to webhooks; `wake` is set when there is something new."""

    name = "notifications-webhooks"

    def __init__(self, courier: Courier, wake: asyncio.Event) -> None:
        self._courier = courier
        self._wake = wake
        self._lanes: dict[UUID, asyncio.Task[None]] = {}
        self._worker = Worker(self.name, self.step, poll_seconds=POLL_SECONDS, wake=wake)

    async def run(self) -> None:
        """Sends until stopped."""
        try:
            await self._worker.run()
        finally:
            await self._close()

    async def stop(self) -> None:
        """Claims nothing more."""
        await self._worker.stop()

    async def step(self) -> bool:
        """Starts a lane for each webhook with something due; the lanes themselves ask for more.

        Raises what a lane failed with.
        """
        self._clear()
        due = await claim(self._courier, list(self._lanes))
        by_webhook: dict[UUID, list[DueDelivery]] = defaultdict(list)
        for one in due:
            by_webhook[one.webhook.id].append(one)
        for webhook_id, deliveries in by_webhook.items():
            lane = asyncio.create_task(self._send(deliveries), name=f"webhook {webhook_id}")
            lane.add_done_callback(lambda _lane: self._wake.set())
            self._lanes[webhook_id] = lane
        return False

    async def _send(self, deliveries: list[DueDelivery]) -> None:
        tries = [deliver(due, self._courier) for due in deliveries]
        # One that fails must not cut the others short: they may have been taken already.
        for outcome in await asyncio.gather(*tries, return_exceptions=True):
            if outcome is not None:
                raise outcome

    def _clear(self) -> None:
        ended = [webhook_id for webhook_id, lane in self._lanes.items() if lane.done()]
        for lane in [self._lanes.pop(webhook_id) for webhook_id in ended]:
            lane.result()

    async def _close(self) -> None:
        if self._lanes:
            _done, late = await asyncio.wait(self._lanes.values(), timeout=PATIENCE_SECONDS)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)
