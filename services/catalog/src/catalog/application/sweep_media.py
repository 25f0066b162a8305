"""Clears away what nobody will ever ask for: uploads that never came, bytes that nothing shows.

The worker calls it now and then, never beside `check_upload`: so a rendition that is about to be
attached cannot go, and one that went too early is painted again, for its source is still there.
A round may take longer than the worker's lease, so it asks whether it still has it.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalog.application.finish_upload import finish_upload
from catalog.application.picture_desk import PictureDesk
from catalog.domain.errors import NothingUploaded, UploadClosed
from catalog.domain.media import DRAFTS, REPORTS, SHOWN, UPLOADED
from catalog.domain.pictures import REMEMBERED_FOR

# Younger ones may belong to an upload under way.
ORPHAN_AGE = timedelta(hours=1)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """How much of each kind went."""

    expired: int
    sources: int
    renditions: int


async def _alone() -> bool:
    return True


async def sweep_media(
    desk: PictureDesk, now: datetime, still_alone: Callable[[], Awaitable[bool]] = _alone
) -> Swept:
    """Does one round, or as much of it as nobody else works; raises MediaStoreDown and what a
    database raises.
    """
    expired = await _expire(desk, now)
    sources = await _sweep_sources(desk, now)
    renditions = await _sweep_renditions(desk, now, still_alone)
    await desk.uploads.forget(now - REMEMBERED_FOR)
    return Swept(expired, sources, renditions)


async def _expire(desk: PictureDesk, now: datetime) -> int:
    count = 0
    for upload in await desk.uploads.overdue(now, _AT_ONCE):
        with suppress(NothingUploaded, UploadClosed):
            # The client sent the bytes and forgot to say so.
            await finish_upload(upload.id, desk)
            continue
        count += await desk.uploads.save(upload.expired())
    return count


async def _sweep_sources(desk: PictureDesk, now: datetime) -> int:
    """What lies under a ticket that is open is waited for; the rest is nobody's."""
    count = 0
    for prefix in (UPLOADED, REPORTS, DRAFTS):
        async for found in desk.media.list(prefix):
            if found.modified < now - ORPHAN_AGE and not await _is_open(found.key, desk):
                await desk.media.delete(found.key)
                count += 1
    return count


async def _is_open(key: str, desk: PictureDesk) -> bool:
    name = key.rpartition("/")[2].partition(".")[0]
    try:
        upload = await desk.uploads.by_id(UUID(name))
    except ValueError:
        return False
    return upload is not None and upload.is_open


async def _sweep_renditions(
    desk: PictureDesk, now: datetime, still_alone: Callable[[], Awaitable[bool]]
) -> int:
    count = 0
    batch: list[str] = []
    async for found in desk.media.list(SHOWN):
        if found.modified < now - ORPHAN_AGE:
            batch.append(found.key.removeprefix(SHOWN))
        if len(batch) == _AT_ONCE:
            if not await still_alone():
                return count
            count += await _delete_unshown(batch, desk)
            batch.clear()
    if batch and await still_alone():
        count += await _delete_unshown(batch, desk)
    return count


async def _delete_unshown(names: Sequence[str] | Collection[str], desk: PictureDesk) -> int:
    unshown = set(names) - await desk.shown.shown(names)
    for name in sorted(unshown):
        await desk.media.delete(SHOWN + name)
    return len(unshown)
