"""Chooses and connects what pictures need: store of bytes, tickets, painter and worker.

Part of the composition root: `bootstrap.py` calls it, and nothing else may know these adapters.
"""

import asyncio
from datetime import timedelta
from secrets import token_bytes

from catalog.adapters.folder_media import FolderMedia
from catalog.adapters.indexes import LEASES, PRODUCTS, UPLOADS
from catalog.adapters.lease import Lease
from catalog.adapters.mongo import Database
from catalog.adapters.painter import Painter
from catalog.adapters.picture_worker import LEASE_SECONDS, PictureWorker
from catalog.adapters.uploads import MongoShown, MongoUploads
from catalog.application.picture_desk import PictureDesk
from catalog.application.shop import Shop
from catalog.domain.media import MediaStore, UploadDoor
from catalog.settings import CatalogSettings


def store_of(settings: CatalogSettings) -> tuple[MediaStore, UploadDoor | None]:
    """Returns the store of bytes, and the door to it where it has one of its own."""
    if settings.media_bucket is not None:
        # boto3 is large, and development does without it.
        from catalog.adapters.s3_media import S3Media

        bucket, region = settings.media_bucket, settings.media_region
        return S3Media(bucket, region=region, endpoint=settings.media_endpoint), None
    key = settings.media_signing_key
    folder = FolderMedia(
        settings.media_folder,
        origin=settings.issuer,
        key=key.get_secret_value().encode() if key else token_bytes(32),
    )
    return folder, folder


def desk_of(settings: CatalogSettings, database: Database, media: MediaStore) -> PictureDesk:
    """Returns what the use cases of pictures work with."""
    return PictureDesk(
        media=media,
        uploads=MongoUploads(database.collection(UPLOADS)),
        painter=Painter(),
        shown=MongoShown(database.collection(PRODUCTS)),
        left_to_function=timedelta(seconds=settings.media_function_seconds),
        wake=asyncio.Event(),
    )


def worker_of(desk: PictureDesk, shop: Shop, database: Database) -> PictureWorker:
    """Returns the component that checks uploads and sweeps."""
    lease = Lease(database.collection(LEASES), "pictures", seconds=LEASE_SECONDS)
    return PictureWorker(desk, shop, lease)
