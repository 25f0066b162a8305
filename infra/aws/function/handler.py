"""The function of AWS Lambda that paints uploaded pictures: the worker's code behind S3's events.

`souk_aws/asset.py` packs it together with the parts of the catalogue that it imports and Pillow;
boto3 is there in Amazon's runtime. It knows no database: it writes renditions and a report, and the
catalogue's worker takes them from there.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from catalog.adapters.painting import paint
from catalog.adapters.s3_media import S3Media
from catalog.application.render_upload import render_upload
from catalog.domain.media import UPLOADED, Painted


class InlinePainter:
    """The function is a sandbox of its own, with Amazon's limits on time and memory."""

    async def paint(self, data: bytes, content_type: str) -> Painted:
        """Paints at once; raises NoPicture."""
        return paint(data, content_type)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answers an `Object Created` event of EventBridge with what became of the picture.

    Raises MediaStoreDown, upon which Lambda tries again, and in the end keeps the event in a queue.
    """
    key = event["detail"]["object"]["key"]
    if not key.startswith(UPLOADED):
        return {"key": key, "status": "ignored"}
    media = S3Media(
        os.environ["SOUK_MEDIA_BUCKET"],
        region=os.environ["AWS_REGION"],
        endpoint=os.environ.get("AWS_ENDPOINT_URL_S3"),
    )
    report = asyncio.run(render_upload(key, media, InlinePainter()))
    if report is None:
        return {"key": key, "status": "gone"}
    if report.picture is None:
        return {"key": key, "status": "refused", "reason": report.refused}
    names = [rendition.name for rendition in report.picture.renditions]
    return {"key": key, "status": "painted", "renditions": names}
