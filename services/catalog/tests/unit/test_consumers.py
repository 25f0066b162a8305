"""What the consumers do with events: availability recorded, outdated answers forgotten."""

import pytest

from catalog.application.read_cache import LISTS, CacheDown, product_topic
from catalog.consumers import catalog_events, inventory_events
from catalog.domain.ports import CreationKey
from catalog.testing import MemoryCache, MemoryStore, make_product
from chassis.delivery import Delivery, Message
from chassis.envelope import Event, MalformedEvent, new_event


def message(event: Event) -> Message:
    return Message("topic", 0, 0, event.subject.encode(), event.to_json())


def availability(sku: str, sequence: int, data: dict[str, object]) -> Message:
    return message(
        new_event(
            source="/services/inventory",
            type="inventory.availability_changed.v1",
            subject=sku,
            sequence=sequence,
            data=data,
        )
    )


@pytest.fixture
async def shelf(store: MemoryStore) -> MemoryStore:
    """One product."""
    await store.add(make_product(), CreationKey("k", ""))
    return store


@pytest.fixture
def from_inventory(
    shelf: MemoryStore, cache: MemoryCache
) -> Delivery[inventory_events.AvailabilityBatch]:
    return Delivery(
        "catalog-inventory",
        inventory_events.handlers(),
        lambda: inventory_events.AvailabilityBatch(shelf, cache),
    )


async def in_stock(store: MemoryStore) -> bool:
    view = await store.view("white-hanging-heart-t-light-holder")
    assert view is not None
    return view.variants[0].in_stock


async def test_news_from_inventory_show_in_the_product_whatever_order_they_come_in(
    from_inventory: Delivery[inventory_events.AvailabilityBatch], shelf: MemoryStore
) -> None:
    later = availability("85123A", 2, {"sku": "85123A", "in_stock": True, "new_field": 1})
    earlier = availability("85123A", 1, {"sku": "85123A", "in_stock": False})
    await from_inventory.deliver([later, earlier])
    await from_inventory.deliver([earlier])
    assert await in_stock(shelf)


async def test_news_are_taken_in_again_until_the_cache_has_forgotten(
    from_inventory: Delivery[inventory_events.AvailabilityBatch],
    shelf: MemoryStore,
    cache: MemoryCache,
) -> None:
    topic = product_topic("white-hanging-heart-t-light-holder")
    before = (await cache.recall("k", topic)).epoch
    news = [availability("85123A", 1, {"sku": "85123A", "in_stock": True})]
    cache.down = True
    with pytest.raises(CacheDown):
        await from_inventory.deliver(news)
    cache.down = False
    await from_inventory.deliver(news)
    assert (await cache.recall("k", topic)).epoch != before


@pytest.mark.parametrize(
    "data", [{}, {"sku": "85123A"}, {"sku": "85123A", "in_stock": "perhaps"}, {"sku": {"$ne": 1}}]
)
async def test_news_that_cannot_be_read_are_malformed_and_change_nothing(
    from_inventory: Delivery[inventory_events.AvailabilityBatch],
    shelf: MemoryStore,
    data: dict[str, object],
) -> None:
    with pytest.raises(MalformedEvent):
        await from_inventory.deliver([availability("85123A", 1, data)])
    assert not await in_stock(shelf)


async def test_a_sku_that_would_be_a_path_in_the_database_is_malformed(
    from_inventory: Delivery[inventory_events.AvailabilityBatch],
) -> None:
    for sku in ("85123.A", "$set", "85123A.sequence", ""):
        with pytest.raises(MalformedEvent):
            await from_inventory.deliver([availability("x", 1, {"sku": sku, "in_stock": True})])


@pytest.mark.parametrize(
    "kind", ["product_created", "product_changed", "price_changed", "product_withdrawn"]
)
async def test_our_own_events_make_the_cache_forget_the_product_and_the_lists(
    shelf: MemoryStore, cache: MemoryCache, kind: str
) -> None:
    delivery = Delivery(
        "catalog-cache",
        catalog_events.handlers(),
        lambda: catalog_events.ForgettingBatch(shelf, cache),
    )
    topics = [LISTS, product_topic("white-hanging-heart-t-light-holder")]
    before = [(await cache.recall("k", topic)).epoch for topic in topics]
    product = await shelf.by_slug("white-hanging-heart-t-light-holder")
    assert product is not None
    event = new_event(
        source="/services/catalog",
        type=f"catalog.{kind}.v1",
        subject=str(product.id),
        sequence=1,
        data={},
    )
    await delivery.deliver([message(event)])
    after = [(await cache.recall("k", topic)).epoch for topic in topics]
    assert all(new != old for new, old in zip(after, before, strict=True))
