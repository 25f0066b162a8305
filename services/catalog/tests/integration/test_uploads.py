"""Tickets of uploads and the look at what products show: one suite over the fake and MongoDB."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from catalog.adapters.indexes import PRODUCTS, UPLOADS
from catalog.adapters.mongo import Database
from catalog.adapters.product_repository import MongoProducts
from catalog.adapters.uploads import MongoShown, MongoUploads
from catalog.domain.media import AlreadyStarted, ShownPictures, Uploads
from catalog.domain.pictures import Picture, Rendition, Upload, UploadStatus, new_upload
from catalog.domain.ports import CreationKey, Products
from catalog.testing import MemoryStore, make_product
from catalog.testing_media import MemoryShown, MemoryUploads
from chassis.ids import uuid7

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAID = {"correlation_id": "request-1", "deed": {"actor": "m", "roles": ["merchandiser"]}}


@dataclass
class Tickets:
    """The ports over one store."""

    uploads: Uploads
    shown: ShownPictures
    products: Products


@pytest.fixture(params=["memory", "mongo"])
def tickets(
    request: pytest.FixtureRequest,
    store: MemoryStore,
    mongo_products: MongoProducts,
    database: Database,
) -> Tickets:
    if request.param == "memory":
        return Tickets(MemoryUploads(), MemoryShown(store), store)
    return Tickets(
        MongoUploads(database.collection(UPLOADS)),
        MongoShown(database.collection(PRODUCTS)),
        mongo_products,
    )


async def add(tickets: Tickets, minutes: int = 0, key: str | None = None) -> Upload:
    upload = new_upload(
        id=uuid7(),
        slug="heart",
        content_type="image/png",
        size=4,
        alt="A heart",
        now=NOW + timedelta(minutes=minutes),
        responsible=SAID,
    )
    await tickets.uploads.add(upload, CreationKey(key or uuid4().hex, "f"))
    return upload


async def test_a_ticket_is_read_as_it_was_added(tickets: Tickets) -> None:
    upload = await add(tickets)
    assert await tickets.uploads.by_id(upload.id) == upload
    assert await tickets.uploads.by_id(uuid7()) is None


async def test_the_same_key_gives_the_first_ticket(tickets: Tickets) -> None:
    first = await add(tickets, key="k")
    with pytest.raises(AlreadyStarted) as earlier:
        await add(tickets, key="k")
    assert (earlier.value.upload, earlier.value.fingerprint) == (first, "f")


async def test_of_two_who_change_one_ticket_the_second_is_told(tickets: Tickets) -> None:
    upload = await add(tickets)
    assert await tickets.uploads.save(upload.told(NOW))
    assert not await tickets.uploads.save(upload.expired())
    found = await tickets.uploads.by_id(upload.id)
    assert found is not None
    assert found.status is UploadStatus.CHECKING
    assert not await tickets.uploads.save(replace(found, id=uuid7(), version=2))


async def test_those_that_wait_come_in_the_order_in_which_they_were_told(tickets: Tickets) -> None:
    late, early = await add(tickets), await add(tickets)
    await add(tickets)
    await tickets.uploads.save(late.told(NOW + timedelta(minutes=2)))
    await tickets.uploads.save(early.told(NOW))
    waiting = await tickets.uploads.to_check(10)
    assert [each.id for each in waiting] == [early.id, late.id]
    assert len(await tickets.uploads.to_check(1)) == 1


async def test_only_what_awaits_its_bytes_is_overdue(tickets: Tickets) -> None:
    old, told, young = await add(tickets), await add(tickets), await add(tickets, 60)
    await tickets.uploads.save(told.told(NOW))
    overdue = await tickets.uploads.overdue(NOW + timedelta(minutes=20), 10)
    assert [each.id for each in overdue] == [old.id]
    assert young.expires_at > NOW + timedelta(minutes=20)


async def test_what_ended_long_ago_is_forgotten_and_what_is_open_is_not(tickets: Tickets) -> None:
    ended, opened, young = await add(tickets), await add(tickets), await add(tickets, 60)
    await tickets.uploads.save(ended.expired())
    await tickets.uploads.save(young.expired())
    await tickets.uploads.forget(NOW + timedelta(minutes=30))
    assert await tickets.uploads.by_id(ended.id) is None
    assert await tickets.uploads.by_id(opened.id) is not None
    assert await tickets.uploads.by_id(young.id) is not None


async def test_what_some_product_shows_is_told_from_what_none_does(tickets: Tickets) -> None:
    names = [f"{letter * 64}.webp" for letter in "abc"]
    renditions = tuple(Rendition(name, 160, 120) for name in names[:2])
    picture = Picture("1" * 64, "A heart", 300, 200, renditions)
    product = make_product()
    product.attach(picture, "upload")
    await tickets.products.add(product, CreationKey("k", "f"))
    assert await tickets.shown.shown(names) == set(names[:2])
    assert await tickets.shown.shown(names[2:]) == set()
    found = await tickets.products.by_slug(product.slug)
    assert found is not None
    assert (found.pictures, found.taken_uploads) == ((picture,), ("upload",))
