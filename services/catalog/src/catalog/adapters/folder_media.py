"""Pictures in a folder, for development and for an installation on one machine.

Implements `MediaStore`, and `UploadDoor` behind the route to which its own presigned URLs lead: a
signature over key, type, size and time, which any process with the same key can check. A file is
written beside its place and moved there, so that nobody ever reads half of one.
"""

import asyncio
import hashlib
import hmac
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode
from uuid import uuid4

from catalog.domain.errors import UploadRefused
from catalog.domain.media import DRAFTS, UPLOADED, Invitation, MediaStoreDown, StoredObject
from catalog.domain.pictures import Upload
from chassis.clock import utcnow

ROUTE = "/v1/media-uploads/"
T = TypeVar("T")


class FolderMedia:
    """`origin` is where clients reach the gateway, `key` the secret of the signatures."""

    def __init__(
        self,
        folder: Path,
        *,
        origin: str,
        key: bytes,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._folder = folder
        self._origin = origin.rstrip("/")
        self._key = key
        self._clock = clock

    async def invite(self, upload: Upload) -> Invitation:
        """Signs a URL of our own."""
        expires = int(upload.expires_at.timestamp())
        name = upload.source_key.removeprefix(UPLOADED)
        signature = self._signature(name, expires, upload.content_type, upload.size)
        query = urlencode({"size": upload.size, "expires": expires, "signature": signature})
        return Invitation(
            f"{self._origin}{ROUTE}{name}?{query}",
            {"Content-Type": upload.content_type},
            datetime.fromtimestamp(expires, UTC),
        )

    async def take(
        self, name: str, *, expires: int, signature: str, content_type: str, data: bytes
    ) -> None:
        """Stores the bytes of a PUT that keeps to what was signed; raises UploadRefused."""
        wanted = self._signature(name, expires, content_type, len(data))
        if not hmac.compare_digest(wanted, signature):
            raise UploadRefused("The URL is not ours, or was made for another type or size.")
        if expires < self._clock().timestamp():
            raise UploadRefused("The URL has expired; start another upload.")
        await self.write(UPLOADED + name, data, content_type)

    async def size(self, key: str) -> int | None:
        """Asks the file system."""
        return await _elsewhere(lambda: _stat(self._path(key)))

    async def read(self, key: str) -> bytes | None:
        """Reads the file."""
        return await _elsewhere(lambda: _read(self._path(key)))

    async def write(self, key: str, data: bytes, content_type: str) -> None:  # noqa: ARG002
        """Writes, makes durable, moves; what the type is, the key's ending says."""
        draft = self._folder / DRAFTS / uuid4().hex
        await _elsewhere(lambda: _write(draft, self._path(key), data))

    async def delete(self, key: str) -> None:
        """Removes the file."""
        await _elsewhere(lambda: self._path(key).unlink(missing_ok=True))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Goes through the folder of the prefix, which ends in a slash as all of ours do."""
        for found in await _elsewhere(lambda: _files(self._folder, prefix)):
            yield found

    def _path(self, key: str) -> Path:
        """Keys are made by us; one that leads out of the folder is a fault of ours."""
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ValueError(f"the key {key!r} leads out of the folder")
        return path

    def _signature(self, name: str, expires: int, content_type: str, size: int) -> str:
        said = f"PUT\n{name}\n{expires}\n{content_type}\n{size}"
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()


async def _elsewhere(work: Callable[[], T]) -> T:
    """Runs in a thread; a disk that is full or away is the infrastructure's fault."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise MediaStoreDown(f"the folder of media: {error.strerror}") from error


def _stat(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(draft: Path, path: Path, data: bytes) -> None:
    draft.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        # A disk that is full must not be filled further by each try.
        draft.unlink(missing_ok=True)
        raise


def _files(folder: Path, prefix: str) -> list[StoredObject]:
    found = []
    for path in sorted((folder / prefix).glob("*")):
        try:
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            continue
        found.append(StoredObject(f"{prefix}{path.name}", modified))
    return found
