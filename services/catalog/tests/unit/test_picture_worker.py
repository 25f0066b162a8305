"""The worker of pictures goes on whatever one upload meets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from catalog.adapters.lease import Lease
from catalog.adapters.picture_worker import PictureWorker
from catalog.application.finish_upload import finish_upload
from catalog.application.picture_desk import PictureDesk
from catalog.application.shop import Shop
from catalog.application.start_upload import StartUpload, start_upload
from catalog.application.sweep_media import ORPHAN_AGE
from catalog.domain.errors import ConcurrentChange
from catalog.domain.pictures import Upload, UploadStatus
from catalog.domain.ports import CreationKey
from catalog.domain.product import Product
from catalog.testing import MemoryStore, make_product
from catalog.testing_media import MemoryMedia, picture_bytes
from chassis.idempotency import IdempotencyKey


class Held:
    """A lease that nobody else wants, for so many times that it is asked for."""

    def __init__(self, times: int = 1000) -> None:
        self.times = times

    async def acquire(self) -> bool:
        self.times -= 1
        return self.times >= 0

    @asynccontextmanager
    async def released_after(self) -> AsyncIterator[None]:
        yield


def working(desk: PictureDesk, shop: Shop, lease: Held) -> PictureWorker:
    return PictureWorker(desk, shop, cast(Lease, cast(Any, lease)))


async def uploaded(product: Product, desk: PictureDesk, shop: Shop) -> Upload:
    data = picture_bytes(30, 20)
    key = IdempotencyKey("sub:1 POST", product.code, "f")
    upload = await start_upload(
        StartUpload(product.slug, "image/png", len(data), "A heart", key), desk, shop
    )
    await desk.media.write(upload.source_key, data, upload.content_type)
    return await finish_upload(upload.id, desk)


async def test_a_product_that_others_keep_changing_ends_no_worker_and_holds_nobody_up(
    desk: PictureDesk, shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = [make_product(code, name=f"HEART {code}") for code in ("10001", "10002")]
    for product in products:
        await store.add(product, CreationKey(product.code, "f"))
    contended, other = [await uploaded(product, desk, shop) for product in products]
    save, busy = store.save, {products[0].code}

    async def contended_save(product: Product) -> None:
        if product.code in busy:
            raise ConcurrentChange
        await save(product)

    monkeypatch.setattr(store, "save", contended_save)
    worker = working(desk, shop, Held())
    assert await worker.step(), "the other one's picture"
    found = [await desk.uploads.by_id(upload.id) for upload in (contended, other)]
    assert [upload and upload.status for upload in found] == [
        UploadStatus.CHECKING,
        UploadStatus.ATTACHED,
    ]
    assert not await worker.step()
    busy.clear()
    assert await worker.step()


async def test_a_sweep_that_lost_its_lease_leaves_the_renditions_to_who_has_it_now(
    desk: PictureDesk, shop: Shop, media: MemoryMedia
) -> None:
    """That one may be showing one of them at this moment, painted anew."""
    media.now -= 2 * ORPHAN_AGE
    orphans = [f"v1/media/{number:064x}.webp" for number in range(250)]
    for orphan in orphans:
        await media.write(orphan, b"x", "image/webp")
    assert not await working(desk, shop, Held(2)).step()
    assert len(media.objects) == 150, "one batch went while the lease was held"
    assert not await working(desk, shop, Held()).step()
    assert media.objects == {}
