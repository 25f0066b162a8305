"""What the use cases need of stores for pictures, of the tickets of uploads and of the painter.

`adapters/folder_media.py` and `adapters/s3_media.py` keep bytes, `adapters/uploads.py` tickets, and
`adapters/painter.py` decodes. One suite runs over both stores of bytes, another over both of
tickets.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from catalog.domain.pictures import Picture, Upload
from catalog.domain.ports import CreationKey

SHOWN = "v1/media/"
UPLOADED = "uploads/"
REPORTS = "reports/"
# What a store that writes beside the place first has not finished, and never will after a crash.
DRAFTS = ".drafts/"
FOR_EVER = "public, max-age=31536000, immutable"


class MediaStoreDown(ConnectionError):
    """The store of bytes is out of reach or full; whatever was asked may be asked again."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A request that a client may send once or more until `expires_at`: PUT, URL and headers."""

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object: its key, and when it was written last."""

    key: str
    modified: datetime


class MediaStore(Protocol):
    """Bytes by key, written whole or not at all. Every method raises MediaStoreDown."""

    async def invite(self, upload: Upload) -> Invitation:
        """Returns a presigned PUT for exactly this type and size, to the upload's own key."""

    async def size(self, key: str) -> int | None:
        """Returns how many bytes lie under the key."""

    async def read(self, key: str) -> bytes | None:
        """Returns what lies under the key."""

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        """Writes under the key, whatever lay there."""

    async def delete(self, key: str) -> None:
        """Deletes; what is not there stays so."""

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Goes through all whose keys begin with the prefix."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture whose alt text is still empty, and the bytes of its renditions by name."""

    picture: Picture
    files: Mapping[str, bytes]


class NoPicture(Exception):
    """The bytes are not a picture that may be shown; the text says why."""


class Painter(Protocol):
    """Decodes what came and encodes what is shown."""

    async def paint(self, data: bytes, content_type: str) -> Painted:
        """Returns the renditions; raises NoPicture."""


class AlreadyStarted(Exception):
    """An upload was started under this key before, by the request `fingerprint`."""

    def __init__(self, upload: Upload, fingerprint: str) -> None:
        super().__init__(f"the key started the upload {upload.id} before")
        self.upload = upload
        self.fingerprint = fingerprint


class Uploads(Protocol):
    """The tickets of uploads."""

    async def add(self, upload: Upload, key: CreationKey) -> None:
        """Stores a new one with the key that made it; raises AlreadyStarted."""

    async def started_under(self, key: CreationKey) -> AlreadyStarted | None:
        """Returns what an earlier request started under the key."""

    async def by_id(self, id: UUID) -> Upload | None:
        """Returns one."""

    async def save(self, upload: Upload) -> bool:
        """Stores a changed one; False when another writer was quicker."""

    async def to_check(self, limit: int) -> Sequence[Upload]:
        """Returns those that wait to be checked, the oldest first."""

    async def overdue(self, now: datetime, limit: int) -> Sequence[Upload]:
        """Returns those that still await their bytes although their time is over."""

    async def forget(self, before: datetime) -> None:
        """Deletes those that ended and were created before."""


class ShownPictures(Protocol):
    """Which renditions any product shows."""

    async def shown(self, names: Collection[str]) -> set[str]:
        """Returns those of the renditions that some product has."""


class UploadDoor(Protocol):
    """A store that takes bytes through this service itself, as the folder of development does."""

    async def take(
        self, name: str, *, expires: int, signature: str, content_type: str, data: bytes
    ) -> None:
        """Stores what a presigned URL was made for; `expires` in Unix seconds.

        Raises UploadRefused for anything else, and MediaStoreDown.
        """
