"""The tickets of uploads in MongoDB, and which renditions products show.

Implements `Uploads` and `ShownPictures`. A ticket is written under the condition of the version
that was read; the client's idempotency key is a unique field of it.
"""

from collections.abc import Collection as Some
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pymongo.errors import DuplicateKeyError

from catalog.adapters.mongo import Collection, Document
from catalog.domain.media import AlreadyStarted
from catalog.domain.pictures import OPEN, Upload, UploadStatus
from catalog.domain.ports import CreationKey

_PLAIN = (
    *("product_slug", "content_type", "size", "alt", "created_at", "expires_at", "told_at"),
    *("attempts", "picture_id", "reason", "version", "responsible"),
)
_ENDED = [str(status) for status in UploadStatus if status not in OPEN]


class MongoUploads:
    """One document a ticket."""

    def __init__(self, uploads: Collection) -> None:
        self._uploads = uploads

    async def add(self, upload: Upload, key: CreationKey) -> None:
        """Inserts the ticket with its key."""
        creation = {"key": key.name, "fingerprint": key.fingerprint}
        try:
            await self._uploads.insert(
                {"_id": str(upload.id), **_fields(upload), "creation": creation}
            )
        except DuplicateKeyError:
            earlier = await self.started_under(key)
            if earlier is None:
                raise
            raise earlier from None

    async def started_under(self, key: CreationKey) -> AlreadyStarted | None:
        """Looks the key up among the tickets."""
        found = await self._uploads.find_one({"creation.key": key.name})
        if found is None:
            return None
        return AlreadyStarted(_upload(found), found["creation"]["fingerprint"])

    async def by_id(self, id: UUID) -> Upload | None:
        """Reads one ticket."""
        found = await self._uploads.find_one({"_id": str(id)})
        return _upload(found) if found else None

    async def save(self, upload: Upload) -> bool:
        """Writes where the version is still the one before."""
        as_read = {"_id": str(upload.id), "version": upload.version - 1}
        return await self._uploads.update(as_read, {"$set": _fields(upload)})

    async def to_check(self, limit: int) -> Sequence[Upload]:
        """Reads them by the time at which they were handed over."""
        where = {"status": str(UploadStatus.CHECKING)}
        found = await self._uploads.find(where, sort=[("told_at", 1)], limit=limit)
        return [_upload(each) for each in found]

    async def overdue(self, now: datetime, limit: int) -> Sequence[Upload]:
        """Reads those whose URL has expired."""
        where = {"status": str(UploadStatus.AWAITING), "expires_at": {"$lt": now}}
        return [_upload(each) for each in await self._uploads.find(where, limit=limit)]

    async def forget(self, before: datetime) -> None:
        """Deletes all of them at once."""
        where = {"status": {"$in": _ENDED}, "created_at": {"$lt": before}}
        await self._uploads.delete_all(where)


class MongoShown:
    """Looks into the products."""

    def __init__(self, products: Collection) -> None:
        self._products = products

    async def shown(self, names: Some[str]) -> set[str]:
        """Reads the pictures of the products that have one of the names."""
        where = {"pictures.renditions.name": {"$in": sorted(names)}}
        found = await self._products.find(where, fields=["pictures"])
        every = (each for product in found for each in product["pictures"])
        return {one["name"] for each in every for one in each["renditions"]} & set(names)


def _fields(upload: Upload) -> Document:
    plain: dict[str, Any] = {name: getattr(upload, name) for name in _PLAIN}
    return plain | {"status": str(upload.status)}


def _upload(document: Document) -> Upload:
    plain = {name: document[name] for name in _PLAIN}
    return Upload(id=UUID(document["_id"]), status=UploadStatus(document["status"]), **plain)
