"""The rules of pictures and the use cases of uploads, cut off at every step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.application.check_upload import check_upload
from catalog.application.finish_upload import finish_upload
from catalog.application.picture_desk import PictureDesk
from catalog.application.remove_picture import remove_picture
from catalog.application.render_upload import render_upload
from catalog.application.shop import Shop
from catalog.application.start_upload import StartUpload, start_upload
from catalog.application.sweep_media import Swept, sweep_media
from catalog.domain.errors import (
    InvalidPicture,
    NothingUploaded,
    PictureNotFound,
    ProductGone,
    ProductNotFound,
    TooManyPictures,
    UploadClosed,
)
from catalog.domain.events import ProductChanged, ProductWithdrawn
from catalog.domain.media import DRAFTS, MediaStoreDown, NoPicture, Painted
from catalog.domain.pictures import MAX_BYTES, MAX_PICTURES, Upload, UploadStatus
from catalog.domain.ports import CreationKey
from catalog.domain.product import Product
from catalog.testing import MemoryStore, make_product
from catalog.testing_media import MemoryMedia, picture_bytes
from chassis.idempotency import IdempotencyKey, KeyReused

SLUG = "white-hanging-heart-t-light-holder"
DATA = picture_bytes(300, 200)


@pytest.fixture
async def product(store: MemoryStore) -> Product:
    added = make_product()
    await store.add(added, CreationKey("k", "f"))
    return added


def command(key: str = "k", fingerprint: str = "f", **changes: Any) -> StartUpload:
    said = StartUpload(
        SLUG, "image/png", len(DATA), "A heart", IdempotencyKey("sub:1 POST", key, fingerprint)
    )
    return replace(said, **changes)


async def uploaded(desk: PictureDesk, shop: Shop, data: bytes = DATA, key: str = "k") -> Upload:
    """An upload whose bytes are there and that waits to be checked."""
    upload = await start_upload(command(key, size=len(data)), desk, shop)
    await desk.media.write(upload.source_key, data, upload.content_type)
    return await finish_upload(upload.id, desk)


async def ticket(upload: Upload, desk: PictureDesk) -> Upload:
    found = await desk.uploads.by_id(upload.id)
    assert found is not None
    return found


async def pictures(store: MemoryStore) -> list[str]:
    found = await store.by_slug(SLUG)
    assert found is not None
    return [picture.id for picture in found.pictures]


async def test_an_upload_becomes_a_picture_of_the_product(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore, media: MemoryMedia
) -> None:
    upload = await uploaded(desk, shop)
    assert await check_upload(upload, desk, shop)
    ended = await ticket(upload, desk)
    assert ended.status is UploadStatus.ATTACHED
    assert await pictures(store) == [ended.picture_id]
    event = store.outbox[-1]
    assert isinstance(event, ProductChanged)
    assert event.product.pictures[0].alt == "A heart"
    # What the client sent and the report are gone; what is shown stays.
    assert all(key.startswith("v1/media/") for key in media.objects)
    assert len(media.objects) == 2


async def test_the_same_key_starts_one_upload_and_another_request_is_refused(
    product: Product, desk: PictureDesk, shop: Shop
) -> None:
    first = await start_upload(command(), desk, shop)
    assert await start_upload(command(), desk, shop) == first
    with pytest.raises(KeyReused):
        await start_upload(command(fingerprint="other"), desk, shop)


async def test_a_repeated_start_finds_its_upload_though_the_product_takes_no_more(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore
) -> None:
    first = await start_upload(command(), desk, shop)
    withdrawn = await store.by_slug(SLUG)
    assert withdrawn is not None
    withdrawn.withdraw()
    await store.save(withdrawn)
    assert await start_upload(command(), desk, shop) == first
    with pytest.raises(KeyReused):
        await start_upload(command(fingerprint="other"), desk, shop)


@pytest.mark.parametrize(
    "changes",
    [
        {"content_type": "image/svg+xml"},
        {"content_type": "text/html"},
        {"content_type": "image/gif"},
        {"size": 0},
        {"size": MAX_BYTES + 1},
        {"alt": "   "},
        {"alt": "x" * 201},
        {"alt": "bell\x07"},
    ],
)
async def test_what_could_never_be_taken_is_refused_at_once(
    product: Product, desk: PictureDesk, shop: Shop, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidPicture):
        await start_upload(command(**changes), desk, shop)


async def test_only_a_product_on_offer_with_room_gets_pictures(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore
) -> None:
    with pytest.raises(ProductNotFound):
        await start_upload(command(slug="nothing"), desk, shop)
    full = await store.by_slug(SLUG)
    assert full is not None
    painted = (await desk.painter.paint(DATA, "image/png")).picture
    for number in range(MAX_PICTURES):
        full.attach(replace(painted, id=f"{number:064x}"), str(number))
    with pytest.raises(TooManyPictures):
        full.attach(painted, "one more")
    await store.save(full)
    with pytest.raises(TooManyPictures):
        await start_upload(command(), desk, shop)
    full.withdraw()
    await store.save(full)
    with pytest.raises(ProductGone):
        await start_upload(command(), desk, shop)


async def test_an_upload_without_bytes_is_not_finished(
    product: Product, desk: PictureDesk, shop: Shop
) -> None:
    upload = await start_upload(command(), desk, shop)
    with pytest.raises(NothingUploaded):
        await finish_upload(upload.id, desk)
    await desk.uploads.save(upload.expired())
    with pytest.raises(UploadClosed):
        await finish_upload(upload.id, desk)


async def test_what_is_no_picture_is_refused_with_the_reason(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore, media: MemoryMedia
) -> None:
    upload = await uploaded(desk, shop, b"<svg onload=alert(1)>")
    assert await check_upload(upload, desk, shop)
    ended = await ticket(upload, desk)
    assert (ended.status, ended.reason) == (
        UploadStatus.REFUSED,
        "It is no JPEG, PNG or WebP picture.",
    )
    assert media.objects == {}
    assert await pictures(store) == []


class CutOff(Exception):
    """The process dies here."""


def dying_at(real: Callable[..., Any], hit: int, *, after: bool) -> Callable[..., Any]:
    """The same function, but its process dies before or after the n-th call."""
    hits = 0

    async def dying(*args: Any) -> Any:
        nonlocal hits
        hits += 1
        if hits == hit and not after:
            raise CutOff
        result = await real(*args)
        if hits == hit:
            raise CutOff
        return result

    return dying


@pytest.mark.parametrize("place", ["write", "delete", "save_product", "save_ticket", "read"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("hit", [1, 2, 3])
async def test_a_crash_anywhere_leaves_one_picture_and_one_event(
    product: Product,
    desk: PictureDesk,
    shop: Shop,
    store: MemoryStore,
    media: MemoryMedia,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    after: bool,
    hit: int,
) -> None:
    upload = await uploaded(desk, shop)
    owner, name = {
        "write": (media, "write"),
        "delete": (media, "delete"),
        "read": (media, "read"),
        "save_product": (store, "save"),
        "save_ticket": (desk.uploads, "save"),
    }[place]
    monkeypatch.setattr(owner, name, dying_at(getattr(owner, name), hit, after=after))
    for _life in range(3):
        for waiting in await desk.uploads.to_check(10):
            try:
                await check_upload(waiting, desk, shop)
            except CutOff:
                break
    monkeypatch.undo()
    await sweep_media(desk, datetime.now(UTC) + timedelta(hours=2))
    assert (await ticket(upload, desk)).status is UploadStatus.ATTACHED
    assert len(await pictures(store)) == 1
    assert sum(isinstance(event, ProductChanged) for event in store.outbox) == 1
    assert len(media.objects) == 2


async def test_a_picture_that_was_removed_does_not_come_back_when_its_upload_is_checked_again(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore
) -> None:
    upload = await uploaded(desk, shop)
    await check_upload(upload, desk, shop)
    (shown,) = await pictures(store)
    await remove_picture(SLUG, shown, lambda _product: True, shop)
    taken = await store.by_slug(SLUG)
    assert taken is not None
    assert taken.taken_uploads == (str(upload.id),)
    await desk.media.write(upload.source_key, DATA, "image/png")
    late = replace(upload, version=(await ticket(upload, desk)).version)
    await check_upload(late, desk, shop)
    assert await pictures(store) == []
    with pytest.raises(PictureNotFound):
        await remove_picture(SLUG, shown, lambda _product: True, shop)


async def test_a_withdrawn_product_keeps_its_pictures_so_that_no_event_offers_it_again(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore
) -> None:
    await check_upload(await uploaded(desk, shop), desk, shop)
    (shown,) = await pictures(store)
    withdrawn = await store.by_slug(SLUG)
    assert withdrawn is not None
    withdrawn.withdraw()
    await store.save(withdrawn)
    with pytest.raises(ProductGone):
        await remove_picture(SLUG, shown, lambda _product: True, shop)
    assert isinstance(store.outbox[-1], ProductWithdrawn)


async def test_what_kills_its_painter_three_times_is_refused(
    product: Product, desk: PictureDesk, shop: Shop
) -> None:
    class Dying:
        async def paint(self, data: bytes, content_type: str) -> Painted:
            raise ConnectionError

    doomed = replace(desk, painter=Dying())
    upload = await uploaded(desk, shop)
    for _attempt in range(3):
        with pytest.raises(ConnectionError):
            await check_upload(await ticket(upload, desk), doomed, shop)
    assert await check_upload(await ticket(upload, desk), doomed, shop)
    assert (await ticket(upload, desk)).reason == "Nobody could decode it."


async def test_a_store_that_is_down_costs_no_attempt(
    product: Product, desk: PictureDesk, shop: Shop, media: MemoryMedia
) -> None:
    upload = await uploaded(desk, shop)
    media.down = True
    for _attempt in range(5):
        with pytest.raises(MediaStoreDown):
            await check_upload(await ticket(upload, desk), desk, shop)
    media.down = False
    assert await check_upload(await ticket(upload, desk), desk, shop)
    assert (await ticket(upload, desk)).status is UploadStatus.ATTACHED


async def test_a_store_that_takes_no_writes_costs_no_attempt(
    product: Product,
    desk: PictureDesk,
    shop: Shop,
    media: MemoryMedia,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def full(key: str, data: bytes, content_type: str) -> None:
        raise MediaStoreDown("No space left on device")

    upload = await uploaded(desk, shop)
    monkeypatch.setattr(media, "write", full)
    for _attempt in range(5):
        with pytest.raises(MediaStoreDown):
            await check_upload(await ticket(upload, desk), desk, shop)
    monkeypatch.undo()
    assert await check_upload(await ticket(upload, desk), desk, shop)
    assert (await ticket(upload, desk)).status is UploadStatus.ATTACHED


async def test_the_function_has_its_time_and_its_report_is_taken(
    product: Product, desk: PictureDesk, shop: Shop, store: MemoryStore
) -> None:
    class Never:
        async def paint(self, data: bytes, content_type: str) -> Painted:
            raise NoPicture("the worker painted although the function had")

    patient = replace(desk, left_to_function=timedelta(hours=1), painter=Never())
    upload = await uploaded(patient, shop)
    assert not await check_upload(upload, patient, shop)
    await render_upload(upload.source_key, desk.media, desk.painter)
    assert await check_upload(upload, patient, shop)
    assert len(await pictures(store)) == 1
    second = await uploaded(desk, shop, picture_bytes(10, 10), key="second")
    assert await check_upload(second, desk, shop), "without a function the worker paints"


async def test_the_sweep_takes_what_nobody_shows_and_leaves_the_rest(
    product: Product, desk: PictureDesk, shop: Shop, media: MemoryMedia, store: MemoryStore
) -> None:
    await check_upload(await uploaded(desk, shop), desk, shop)
    shown = set(media.objects)
    open_upload = await uploaded(desk, shop, key="open")
    orphans = ("uploads/nobodys.png", "reports/x.json", f"{DRAFTS}{'b' * 32}")
    for orphan in (*orphans, f"v1/media/{'a' * 64}.webp"):
        await media.write(orphan, b"x", "image/webp")
    now = media.now
    assert await sweep_media(desk, now + timedelta(minutes=5)) == Swept(0, 0, 0)
    assert await sweep_media(desk, now + timedelta(hours=2)) == Swept(0, 3, 1)
    assert set(media.objects) == shown | {open_upload.source_key}


async def test_the_sweep_finishes_what_was_forgotten_and_ends_what_never_came(
    product: Product, desk: PictureDesk, shop: Shop
) -> None:
    forgotten = await start_upload(command("a"), desk, shop)
    await desk.media.write(forgotten.source_key, DATA, "image/png")
    absent = await start_upload(command("b"), desk, shop)
    later = datetime.now(UTC) + timedelta(minutes=16)
    assert (await sweep_media(desk, later)).expired == 1
    assert (await ticket(forgotten, desk)).status is UploadStatus.CHECKING
    assert (await ticket(absent, desk)).status is UploadStatus.EXPIRED
    await sweep_media(desk, later + timedelta(days=2))
    assert await desk.uploads.by_id(absent.id) is None
    assert await desk.uploads.by_id(forgotten.id) is not None
