"""Turns uploaded bytes into renditions and a report: the work that decodes what strangers send.

The worker calls it, and so does the cloud function, with the same store behind it: whoever comes
second finds the report. It knows no database, and to do it twice changes nothing, since a
rendition is named for its bytes.
"""

import json
from dataclasses import asdict, dataclass

from catalog.domain.media import REPORTS, SHOWN, UPLOADED, MediaStore, NoPicture, Painter
from catalog.domain.pictures import MAX_BYTES, RENDITION_TYPE, Picture, Rendition, type_of


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the bytes: a picture without its text, or why there is none."""

    picture: Picture | None = None
    refused: str | None = None

    def to_json(self) -> bytes:
        """Returns the report as it is stored."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, stored: bytes) -> "Report":
        """Reads a stored report."""
        said = json.loads(stored)
        found = said["picture"]
        if found is None:
            return cls(refused=said["refused"])
        renditions = tuple(Rendition(**each) for each in found["renditions"])
        return cls(Picture(**{**found, "renditions": renditions}))


def report_key(source_key: str) -> str:
    """Returns where the report on these bytes lies."""
    return REPORTS + source_key.removeprefix(UPLOADED).partition(".")[0] + ".json"


async def report_of(source_key: str, media: MediaStore) -> Report | None:
    """Returns the report, if there is one and the renditions that it names are all there."""
    stored = await media.read(report_key(source_key))
    if stored is None:
        return None
    report = Report.from_json(stored)
    for rendition in report.picture.renditions if report.picture else ():
        if await media.size(SHOWN + rendition.name) is None:
            return None
    return report


async def render_upload(source_key: str, media: MediaStore, painter: Painter) -> Report | None:
    """Returns the report, made now or before; None where no bytes are under the key."""
    if (earlier := await report_of(source_key, media)) is not None:
        return earlier
    size = await media.size(source_key)
    if size is None:
        return None
    report = await _rendered(source_key, size, media, painter)
    if report is not None:
        # Last, so that a report is never without its renditions.
        await media.write(report_key(source_key), report.to_json(), "application/json")
    return report


async def _rendered(
    source_key: str, size: int, media: MediaStore, painter: Painter
) -> Report | None:
    if size > MAX_BYTES:
        return Report(refused=f"A picture has at most {MAX_BYTES} bytes.")
    data = await media.read(source_key)
    if data is None:
        return None
    try:
        painted = await painter.paint(data, type_of(source_key))
    except NoPicture as error:
        return Report(refused=str(error))
    for name, encoded in painted.files.items():
        await media.write(SHOWN + name, encoded, RENDITION_TYPE)
    return Report(painted.picture)
