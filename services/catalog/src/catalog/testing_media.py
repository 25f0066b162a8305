"""Fakes of what pictures need, which pass the same suites as the real stores, and small pictures.

Unit and API tests use them. Nothing in the service's process imports this.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

from PIL import Image

from catalog.adapters.painting import paint
from catalog.application.picture_desk import PictureDesk
from catalog.domain.errors import UploadRefused
from catalog.domain.media import (
    UPLOADED,
    AlreadyStarted,
    Invitation,
    MediaStoreDown,
    Painted,
    StoredObject,
)
from catalog.domain.pictures import Upload, UploadStatus
from catalog.domain.ports import CreationKey
from catalog.testing import MemoryStore


class MemoryMedia:
    """Bytes in a dictionary; `down = True` makes it one out of reach, `now` stamps what is written.

    It is its own door and takes what the ticket announced.
    """

    def __init__(self) -> None:
        self.down = False
        self.now = datetime.now(UTC)
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self._invited: dict[str, Upload] = {}

    async def invite(self, upload: Upload) -> Invitation:
        """Names a URL that leads to the door."""
        name = upload.source_key.removeprefix(UPLOADED)
        self._invited[name] = upload
        expires = int(upload.expires_at.timestamp())
        query = f"size={upload.size}&expires={expires}&signature={'0' * 64}"
        url = f"http://catalog/v1/media-uploads/{name}?{query}"
        return Invitation(url, {"Content-Type": upload.content_type}, upload.expires_at)

    async def take(
        self,
        name: str,
        *,
        expires: int,  # noqa: ARG002  The fake signs nothing.
        signature: str,  # noqa: ARG002
        content_type: str,
        data: bytes,
    ) -> None:
        """Takes what it invited."""
        upload = self._invited.get(name)
        if upload is None or (content_type, len(data)) != (upload.content_type, upload.size):
            raise UploadRefused("The URL is not ours, or was made for another type or size.")
        await self.write(UPLOADED + name, data, content_type)

    async def size(self, key: str) -> int | None:
        """Returns how many bytes there are."""
        found = await self.read(key)
        return None if found is None else len(found)

    async def read(self, key: str) -> bytes | None:
        """Returns the bytes."""
        self._check()
        return self.objects.get(key, (None, self.now))[0]

    async def write(self, key: str, data: bytes, content_type: str) -> None:  # noqa: ARG002
        """Keeps the bytes."""
        self._check()
        self.objects[key] = (data, self.now)

    async def delete(self, key: str) -> None:
        """Forgets the bytes."""
        self._check()
        self.objects.pop(key, None)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Goes through a copy."""
        self._check()
        for key, (_data, modified) in sorted(self.objects.items()):
            if key.startswith(prefix):
                yield StoredObject(key, modified)

    def _check(self) -> None:
        if self.down:
            raise MediaStoreDown("the fake store is down")


class MemoryUploads:
    """Tickets in a dictionary."""

    def __init__(self) -> None:
        self._tickets: dict[UUID, Upload] = {}
        self._keys: dict[str, tuple[str, UUID]] = {}

    async def add(self, upload: Upload, key: CreationKey) -> None:
        """Keeps a new one unless the key made one before."""
        if (earlier := await self.started_under(key)) is not None:
            raise earlier
        self._keys[key.name] = (key.fingerprint, upload.id)
        self._tickets[upload.id] = upload

    async def started_under(self, key: CreationKey) -> AlreadyStarted | None:
        """Returns what the key started before."""
        if key.name not in self._keys:
            return None
        fingerprint, id = self._keys[key.name]
        return AlreadyStarted(self._tickets[id], fingerprint)

    async def by_id(self, id: UUID) -> Upload | None:
        """Returns one."""
        return self._tickets.get(id)

    async def save(self, upload: Upload) -> bool:
        """Keeps it where the version is still the one before."""
        stored = self._tickets.get(upload.id)
        if stored is None or stored.version != upload.version - 1:
            return False
        self._tickets[upload.id] = upload
        return True

    async def to_check(self, limit: int) -> Sequence[Upload]:
        """Sorts them by the time at which they were handed over."""
        waiting = [u for u in self._tickets.values() if u.status is UploadStatus.CHECKING]
        return sorted(waiting, key=lambda u: u.told_at or u.created_at)[:limit]

    async def overdue(self, now: datetime, limit: int) -> Sequence[Upload]:
        """Returns those whose URL has expired."""
        awaited = [u for u in self._tickets.values() if u.status is UploadStatus.AWAITING]
        return [u for u in awaited if u.expires_at < now][:limit]

    async def forget(self, before: datetime) -> None:
        """Deletes those that ended long ago, and their keys."""
        gone = {u.id for u in self._tickets.values() if not u.is_open and u.created_at < before}
        self._tickets = {id: u for id, u in self._tickets.items() if id not in gone}
        self._keys = {name: made for name, made in self._keys.items() if made[1] not in gone}


class InlinePainter:
    """The real painting without a process of its own."""

    async def paint(self, data: bytes, content_type: str) -> Painted:
        """Paints at once."""
        return paint(data, content_type)


class MemoryShown:
    """Looks into the fake store of products."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def shown(self, names: Collection[str]) -> set[str]:
        """Returns those of the names that some product has."""
        pictures = (one for product in self._store.everything() for one in product.pictures)
        return {each.name for picture in pictures for each in picture.renditions} & set(names)


def memory_desk(store: MemoryStore) -> PictureDesk:
    """Returns a desk of fakes over a store of products."""
    return PictureDesk(MemoryMedia(), MemoryUploads(), InlinePainter(), MemoryShown(store))


def picture_bytes(
    width: int = 640, height: int = 480, kind: str = "PNG", mode: str = "RGB", **options: object
) -> bytes:
    """Returns an encoded picture of two halves, so that one can see which side is up."""
    image = Image.new(mode, (width, height))
    upper = Image.new(mode, (width, max(1, height // 2)), 255 if mode == "L" else "white")
    image.paste(upper, (0, 0))
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
