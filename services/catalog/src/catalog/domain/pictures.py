"""A product's pictures, what an upload must keep to, and the life of one upload.

`Product` holds `Picture`s; the use cases of uploads ask `Upload` what may happen next. Nothing that
a client sent is ever shown: a picture is its renditions, which we encoded ourselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalog.domain.errors import InvalidPicture, UploadClosed

MAX_BYTES = 10 * 1024 * 1024
# 25 megapixels are what a good camera gives; decoded they are 100 MB.
MAX_PIXELS = 25_000_000
MAX_SIDE = 10_000
MAX_ALT = 200
MAX_PICTURES = 12
# The longest sides of what is shown; nothing is ever enlarged.
SIDES = (160, 480, 960, 1920)
# The type that the client declares, and the name that its bytes lie under.
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
RENDITION_TYPE = "image/webp"
NAME_PATTERN = r"^[0-9a-f]{64}\.webp$"
UPLOAD_LIFE = timedelta(minutes=15)
# So long one may ask what became of an upload.
REMEMBERED_FOR = timedelta(days=1)
# How often the bytes are looked at when whoever looks dies over them.
MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding of a picture; `name` is the SHA-256 of its bytes, and so never changes."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """`id` is the SHA-256 of the bytes that came, width and height those of the original."""

    id: str
    alt: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]


class UploadStatus(StrEnum):
    """Where an upload stands; the last three are ends."""

    AWAITING = "awaiting"
    CHECKING = "checking"
    ATTACHED = "attached"
    REFUSED = "refused"
    EXPIRED = "expired"


OPEN = (UploadStatus.AWAITING, UploadStatus.CHECKING)


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture on its way in. `version` rises with each change, for whoever writes it."""

    id: UUID
    product_slug: str
    content_type: str
    size: int
    alt: str
    created_at: datetime
    expires_at: datetime
    status: UploadStatus = UploadStatus.AWAITING
    told_at: datetime | None = None
    attempts: int = 0
    picture_id: str | None = None
    reason: str | None = None
    version: int = 1
    # Who of the staff answers for the change that the picture will be; kept as it was noted.
    responsible: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source_key(self) -> str:
        """Where the client's bytes lie until they are looked at; the ending is what it declared."""
        return f"uploads/{self.id}.{ENDINGS[self.content_type]}"

    @property
    def is_open(self) -> bool:
        """True until one of the ends."""
        return self.status in OPEN

    def told(self, now: datetime) -> "Upload":
        """Returns it as handed over to be checked, again without effect; raises UploadClosed."""
        if self.status is UploadStatus.EXPIRED:
            raise UploadClosed(str(self.id))
        if self.status is not UploadStatus.AWAITING:
            return self
        return self._next(status=UploadStatus.CHECKING, told_at=now)

    def begun(self) -> "Upload":
        """Returns it with one attempt more, written down before the attempt is made."""
        return self._next(attempts=self.attempts + 1)

    def spared(self) -> "Upload":
        """Returns it without the attempt that came to nothing through no fault of the bytes."""
        return self._next(attempts=self.attempts - 1)

    def attached(self, picture_id: str) -> "Upload":
        """Returns it at its good end."""
        return self._next(status=UploadStatus.ATTACHED, picture_id=picture_id)

    def refused(self, reason: str) -> "Upload":
        """Returns it at its bad end; `reason` is for the merchandiser."""
        return self._next(status=UploadStatus.REFUSED, reason=reason)

    def expired(self) -> "Upload":
        """Returns it as one whose bytes never came."""
        return self._next(status=UploadStatus.EXPIRED)

    def _next(self, **changes: object) -> "Upload":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]


def new_upload(
    *,
    id: UUID,
    slug: str,
    content_type: str,
    size: int,
    alt: str,
    now: datetime,
    responsible: Mapping[str, Any],
) -> Upload:
    """Returns an upload that may begin; raises InvalidPicture for what never could be taken."""
    if content_type not in ENDINGS:
        raise InvalidPicture(f"A picture is one of {', '.join(ENDINGS)}, not {content_type}.")
    if not 1 <= size <= MAX_BYTES:
        raise InvalidPicture(f"A picture has from 1 to {MAX_BYTES} bytes.")
    tidy = " ".join(alt.split())
    if not 1 <= len(tidy) <= MAX_ALT or not tidy.isprintable():
        raise InvalidPicture(f"The text for who cannot see it has 1 to {MAX_ALT} characters.")
    return Upload(
        id, slug, content_type, size, tidy, now, now + UPLOAD_LIFE, responsible=responsible
    )


def type_of(source_key: str) -> str:
    """Returns the declared type of the bytes under a key; raises KeyError for no key of ours."""
    ending = source_key.rpartition(".")[2]
    return {known: kind for kind, known in ENDINGS.items()}[ending]
