"""Checks the pictures that were uploaded and sweeps what is left lying, one process at a time.

Started by the process where it runs workers. It holds a lease, is woken in-process by whoever
finishes an upload, and looks by itself every second for what another process was told.
"""

from datetime import datetime, timedelta

from catalog.adapters.lease import Lease
from catalog.application.check_upload import check_upload
from catalog.application.picture_desk import PictureDesk
from catalog.application.shop import Shop
from catalog.application.sweep_media import sweep_media
from catalog.domain.errors import ConcurrentChange
from catalog.domain.pictures import Upload
from chassis.clock import utcnow
from chassis.logs import get_logger
from chassis.worker import Worker

POLL_SECONDS = 1.0
SWEEP_EVERY = timedelta(minutes=10)
# It may run out over a picture that takes long: another then checks the same, to the same end.
LEASE_SECONDS = 40.0
_AT_ONCE = 20

log = get_logger(__name__)


class PictureWorker:
    """A component of the process."""

    def __init__(self, desk: PictureDesk, shop: Shop, lease: Lease) -> None:
        self.name = "catalog-pictures"
        self._desk = desk
        self._shop = shop
        self._lease = lease
        self._swept_at: datetime | None = None
        self._worker = Worker(self.name, self.step, poll_seconds=POLL_SECONDS, wake=desk.wake)

    async def run(self) -> None:
        """Works until stopped; what is away is waited for."""
        async with self._lease.released_after():
            await self._worker.run()

    async def stop(self) -> None:
        """Lets the picture under way end, then ends."""
        await self._worker.stop()

    async def step(self) -> bool:
        """Checks one upload; True when there may be more. Sweeps while there is none."""
        if not await self._lease.acquire():
            return False
        for upload in await self._desk.uploads.to_check(_AT_ONCE):
            if await self._checked(upload):
                return True
        await self._sweep_when_due(utcnow())
        return False

    async def _checked(self, upload: Upload) -> bool:
        """False where it was left for later: a product that others keep changing has its turn."""
        try:
            return await check_upload(upload, self._desk, self._shop)
        except ConcurrentChange as error:
            log.warning("picture_postponed", upload_id=str(upload.id), error=str(error))
            return False

    async def _sweep_when_due(self, now: datetime) -> None:
        if self._swept_at is not None and now < self._swept_at + SWEEP_EVERY:
            return
        self._swept_at = now
        swept = await sweep_media(self._desk, now, self._lease.acquire)
        if swept.expired or swept.sources or swept.renditions:
            log.info(
                "media_swept",
                expired=swept.expired,
                sources=swept.sources,
                renditions=swept.renditions,
            )
