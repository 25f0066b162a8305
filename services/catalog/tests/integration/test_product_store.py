"""One suite over the fake store and the real one, so that unit tests may trust the fake."""

import pytest

from catalog.domain.errors import CodeTaken, ConcurrentChange, SkuTaken, SlugTaken
from catalog.domain.money import Money
from catalog.domain.ports import AlreadyCreated, AvailabilityNews, CreationKey
from catalog.domain.product import Product
from catalog.testing import Stores, make_product

KEY = CreationKey("sub:1 POST /v1/products abc", "digest")


def key_of(product: Product) -> CreationKey:
    return CreationKey(str(product.id), "")


async def add(stores: Stores, product: Product) -> Product:
    await stores.products.add(product, key_of(product))
    return product


async def test_a_product_is_read_as_it_was_added(stores: Stores) -> None:
    added = await add(stores, make_product(prices={"85123A": 295, "85123B": 310}))
    found = await stores.products.by_slug(added.slug)
    assert found == added
    assert found is not added


async def test_an_unknown_slug_finds_nothing(stores: Stores) -> None:
    assert await stores.products.by_slug("nothing") is None
    assert await stores.reads.view("nothing") is None


async def test_products_are_found_by_their_codes(stores: Stores) -> None:
    one, two = await add(stores, make_product("10001", slug="a")), make_product("10002", slug="b")
    await add(stores, two)
    found = await stores.products.by_codes(["10001", "10002", "99999"])
    assert sorted(product.code for product in found) == [one.code, two.code]


async def test_taken_slugs_are_told_from_free_ones(stores: Stores) -> None:
    await add(stores, make_product(slug="taken"))
    assert await stores.products.taken_slugs({"taken", "free"}) == {"taken"}


async def test_a_second_product_with_the_same_slug_is_refused(stores: Stores) -> None:
    await add(stores, make_product("10001", slug="same"))
    with pytest.raises(SlugTaken):
        await add(stores, make_product("10002", slug="same"))


async def test_a_second_product_with_the_same_code_is_refused(stores: Stores) -> None:
    await add(stores, make_product("10001", slug="a", prices={"10001A": 1}))
    with pytest.raises(CodeTaken):
        await add(stores, make_product("10001", slug="b", prices={"10001B": 1}))


async def test_a_sku_belongs_to_one_product_only(stores: Stores) -> None:
    await add(stores, make_product("10001", slug="a", prices={"10001A": 1, "10001B": 1}))
    with pytest.raises(SkuTaken):
        await add(stores, make_product("10002", slug="b", prices={"10002A": 1, "10001B": 1}))


async def test_a_refused_product_leaves_nothing_behind(stores: Stores) -> None:
    await add(stores, make_product("10001", slug="a", prices={"10001A": 1}))
    with pytest.raises(SkuTaken):
        await add(stores, make_product("10002", slug="b", prices={"10002A": 1, "10001A": 1}))
    await add(stores, make_product("10002", slug="b", prices={"10002A": 1}))


async def test_a_change_that_takes_anothers_sku_is_refused_and_not_kept(stores: Stores) -> None:
    await add(stores, make_product("10001", slug="a", prices={"10001A": 1}))
    other = await add(stores, make_product("10002", slug="b", prices={"10002A": 1}))
    greedy = make_product("10002", prices={"10002A": 1, "10001A": 1}).content
    other.revise(greedy)
    with pytest.raises(SkuTaken):
        await stores.products.save(other)
    found = await stores.products.by_slug("b")
    assert found is not None
    assert found.content.skus == ("10002A",)
    assert found.version == 1


async def test_a_key_names_the_product_that_it_made(stores: Stores) -> None:
    product = make_product()
    await stores.products.add(product, KEY)
    earlier = await stores.products.created_under(KEY)
    assert earlier is not None
    assert (earlier.product, earlier.fingerprint) == (product, "digest")
    assert await stores.products.created_under(CreationKey("another", "digest")) is None


async def test_a_key_makes_one_product_only(stores: Stores) -> None:
    first = make_product("10001", slug="a")
    await stores.products.add(first, KEY)
    with pytest.raises(AlreadyCreated) as twin:
        await stores.products.add(make_product("10002", slug="b"), KEY)
    assert twin.value.product.id == first.id
    assert await stores.products.by_slug("b") is None


async def test_a_change_is_kept_with_its_version(stores: Stores) -> None:
    product = await add(stores, make_product())
    product.set_price("85123A", Money(255, "GBP"))
    await stores.products.save(product)
    found = await stores.products.by_slug(product.slug)
    assert found is not None
    assert found.content.variants[0].price == Money(255, "GBP")
    assert found.version == 2


async def test_of_two_changes_to_one_version_the_second_is_refused(stores: Stores) -> None:
    await add(stores, make_product())
    one = await stores.products.by_slug("white-hanging-heart-t-light-holder")
    two = await stores.products.by_slug("white-hanging-heart-t-light-holder")
    assert one is not None
    assert two is not None
    one.set_price("85123A", Money(200, "GBP"))
    two.set_price("85123A", Money(300, "GBP"))
    await stores.products.save(one)
    with pytest.raises(ConcurrentChange):
        await stores.products.save(two)


async def test_saving_without_a_change_does_nothing(stores: Stores) -> None:
    product = await add(stores, make_product())
    await stores.products.save(product)
    found = await stores.products.by_slug(product.slug)
    assert found is not None
    assert found.version == 1


async def test_a_withdrawn_product_is_still_found_by_its_slug(stores: Stores) -> None:
    product = await add(stores, make_product())
    product.withdraw()
    await stores.products.save(product)
    found = await stores.products.by_slug(product.slug)
    assert found is not None
    assert found.withdrawn


async def test_many_products_are_stored_at_once(stores: Stores) -> None:
    known = await add(stores, make_product("10001", slug="a"))
    known.set_price("10001A", Money(5, "GBP"))
    await stores.products.save_all([make_product("10002", slug="b")], [known])
    found = await stores.products.by_codes(["10001", "10002"])
    assert {p.code: p.version for p in found} == {"10001": 2, "10002": 1}
    await stores.products.save_all([], [])


async def test_what_could_not_be_stored_is_told_and_the_rest_is_stored(stores: Stores) -> None:
    await add(stores, make_product("10001", slug="a"))
    stale = make_product("10001", slug="a")
    batch = [make_product("10002", slug="a"), make_product("10003", slug="c")]
    with pytest.raises(ConcurrentChange):
        await stores.products.save_all(batch, [stale])
    found = await stores.products.by_codes(["10001", "10002", "10003"])
    assert sorted(product.code for product in found) == ["10001", "10003"]


async def test_a_stale_change_among_many_is_told(stores: Stores) -> None:
    product = await add(stores, make_product())
    stale = await stores.products.by_slug(product.slug)
    assert stale is not None
    product.set_price("85123A", Money(1, "GBP"))
    await stores.products.save(product)
    stale.set_price("85123A", Money(2, "GBP"))
    with pytest.raises(ConcurrentChange):
        await stores.products.save_all([], [stale])


async def test_availability_shows_in_the_product_and_its_view(stores: Stores) -> None:
    product = await add(stores, make_product(prices={"85123A": 295, "85123B": 310}))
    news = [AvailabilityNews("85123B", in_stock=True, sequence=4)]
    assert await stores.availability.record_availability(news) == {product.slug}
    view = await stores.reads.view(product.slug)
    assert view is not None
    assert [(v.sku, v.in_stock) for v in view.variants] == [("85123A", False), ("85123B", True)]
    found = await stores.products.by_slug(product.slug)
    assert found is not None
    assert found.availability.in_stock == {"85123B"}
    assert found.version == 1


async def test_news_that_come_late_or_twice_change_nothing(stores: Stores) -> None:
    product = await add(stores, make_product())
    versions = set()
    for in_stock, sequence in ((True, 4), (False, 3), (True, 4)):
        news = [AvailabilityNews("85123A", in_stock=in_stock, sequence=sequence)]
        assert await stores.availability.record_availability(news) == {product.slug}
        view = await stores.reads.view(product.slug)
        assert view is not None
        assert view.variants[0].in_stock
        versions.add(view.availability_version)
    assert len(versions) == 1


async def test_news_of_one_batch_apply_in_order(stores: Stores) -> None:
    product = await add(stores, make_product())
    news = [AvailabilityNews("85123A", in_stock=n % 2 == 0, sequence=n) for n in range(1, 6)]
    await stores.availability.record_availability(news)
    view = await stores.reads.view(product.slug)
    assert view is not None
    assert not view.variants[0].in_stock


async def test_news_about_an_unknown_sku_are_passed_over(stores: Stores) -> None:
    news = [AvailabilityNews("99999A", in_stock=True, sequence=1)]
    assert await stores.availability.record_availability(news) == set()
    assert await stores.availability.record_availability([]) == set()


async def test_news_about_a_variant_that_is_taken_off_are_known_when_it_comes_back(
    stores: Stores,
) -> None:
    product = await add(stores, make_product(prices={"85123A": 295, "85123B": 310}))
    both = product.content
    news = [AvailabilityNews("85123B", in_stock=True, sequence=1)]
    await stores.availability.record_availability(news)
    product.revise(make_product(prices={"85123A": 295}).content)
    await stores.products.save(product)
    news = [AvailabilityNews("85123B", in_stock=False, sequence=2)]
    await stores.availability.record_availability(news)
    product.revise(both)
    await stores.products.save(product)
    view = await stores.reads.view(product.slug)
    assert view is not None
    assert [(v.sku, v.in_stock) for v in view.variants] == [("85123A", False), ("85123B", False)]


async def test_a_change_keeps_what_inventory_said(stores: Stores) -> None:
    product = await add(stores, make_product())
    news = [AvailabilityNews("85123A", in_stock=True, sequence=1)]
    await stores.availability.record_availability(news)
    product.set_price("85123A", Money(255, "GBP"))
    await stores.products.save(product)
    view = await stores.reads.view(product.slug)
    assert view is not None
    assert view.variants[0].in_stock


async def test_ids_lead_to_slugs(stores: Stores) -> None:
    product = await add(stores, make_product())
    assert await stores.reads.slugs_of([str(product.id), "nothing"]) == {product.slug}
