"""The use cases over fakes: creating, changing, withdrawing and importing."""

from dataclasses import replace

import pytest

from catalog.application.change_product import ChangeProduct, change_product
from catalog.application.create_product import CreateProduct, create_product
from catalog.application.import_products import ImportedProduct, ImportResult, import_products
from catalog.application.shop import Shop
from catalog.application.withdraw_product import WithdrawProduct, withdraw_product
from catalog.domain.errors import ConcurrentChange, InvalidPrice, InvalidProduct, StaleProduct
from catalog.domain.events import PriceChanged, ProductChanged, ProductCreated, Variant
from catalog.domain.money import Money
from catalog.domain.ports import CreationKey
from catalog.domain.product import Product
from catalog.testing import MemoryStore, make_product
from chassis.idempotency import IdempotencyKey, KeyReused


def heart(pence: int = 295, sku: str = "85123A", name: str = "HEART T-LIGHT HOLDER") -> Variant:
    return Variant(sku, name, Money(pence, "GBP"))


def creation(code: str = "85123", key: str = "k", fingerprint: str = "f") -> CreateProduct:
    return CreateProduct(
        code=code,
        name="HEART T-LIGHT HOLDER",
        description=None,
        category=None,
        variants=(heart(sku=f"{code}A"),),
        key=IdempotencyKey("sub:1 POST /v1/products", key, fingerprint),
    )


def imported(*variants: Variant, code: str = "85123", name: str = "HEART") -> ImportedProduct:
    return ImportedProduct(code, name, variants or (heart(sku=f"{code}A"),))


def seen(_product: Product) -> bool:
    return True


async def test_a_new_product_gets_its_slug_and_category_from_its_name(shop: Shop) -> None:
    product = await create_product(creation(), shop)
    assert product.slug == "heart-t-light-holder"
    assert product.content.category == "candle-holders"


async def test_a_second_product_of_the_same_name_gets_its_code_into_the_slug(shop: Shop) -> None:
    await create_product(creation(), shop)
    second = await create_product(creation("85124", key="l"), shop)
    assert second.slug == "heart-t-light-holder-85124"


async def test_a_repeated_key_gives_the_first_product_and_another_request_is_refused(
    shop: Shop, store: MemoryStore
) -> None:
    first = await create_product(creation(), shop)
    assert await create_product(creation(), shop) == first
    with pytest.raises(KeyReused):
        await create_product(creation(fingerprint="other"), shop)
    assert len(store.outbox) == 1


async def test_a_twin_that_was_quicker_is_what_the_slower_gets(
    shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await create_product(creation(), shop)
    look = store.created_under

    async def too_early(key: CreationKey) -> None:
        monkeypatch.setattr(store, "created_under", look)

    monkeypatch.setattr(store, "created_under", too_early)
    assert (await create_product(creation(), shop)).id == first.id


async def test_a_new_name_finds_a_new_category_unless_a_person_chose_one(shop: Shop) -> None:
    await create_product(creation(), shop)
    slug = "heart-t-light-holder"
    renamed = await change_product(ChangeProduct(slug, seen, name="RED MUG"), shop)
    assert renamed.content.category == "mugs-and-cups"
    chosen = await change_product(ChangeProduct(slug, seen, category="party"), shop)
    assert chosen.content.category == "party"
    kept = await change_product(ChangeProduct(slug, seen, name="A CLOCK"), shop)
    assert kept.content.category == "party"
    given_back = await change_product(ChangeProduct(slug, seen, category=None), shop)
    assert given_back.content.category == "clocks"
    assert given_back.slug == slug


async def test_a_change_between_reading_and_writing_is_stale(
    shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_product(creation(), shop)
    slug = "heart-t-light-holder"

    stale, other = await store.by_slug(slug), await store.by_slug(slug)
    assert other is not None
    other.set_price("85123A", Money(1, "GBP"))
    await store.save(other)

    async def read_before(_slug: str) -> Product | None:
        return stale

    monkeypatch.setattr(store, "by_slug", read_before)
    with pytest.raises(StaleProduct):
        await change_product(ChangeProduct(slug, seen, name="X"), shop)


async def test_withdrawing_tries_again_when_somebody_else_was_quicker(
    shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await create_product(creation(), shop)
    save, failures = store.save, 2

    async def busy(changed: Product) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise ConcurrentChange
        await save(changed)

    monkeypatch.setattr(store, "save", busy)
    await withdraw_product(WithdrawProduct(product.slug, seen), shop)
    gone = await store.by_slug(product.slug)
    assert gone is not None
    assert gone.withdrawn
    failures = 99
    with pytest.raises(ConcurrentChange):
        await withdraw_product(WithdrawProduct(product.slug, seen), shop)


async def test_an_import_creates_changes_and_leaves_alone(shop: Shop, store: MemoryStore) -> None:
    first = [imported(code="10001"), imported(code="10002")]
    assert await import_products(first, shop) == ImportResult(2, 0, 0)
    assert await import_products(first, shop) == ImportResult(0, 0, 2)
    second = [
        imported(heart(99, "10001A"), code="10001"),
        imported(code="10002"),
        imported(code="10003"),
    ]
    assert await import_products(second, shop) == ImportResult(1, 1, 1)
    kinds = [type(event) for event in store.outbox]
    assert kinds.count(ProductCreated) == 3
    assert kinds.count(PriceChanged) == 1


async def test_what_a_later_file_does_not_name_stays(shop: Shop, store: MemoryStore) -> None:
    await import_products([imported(heart(), heart(310, "85123B"))], shop)
    await change_product(ChangeProduct("heart", seen, category="party", description="D"), shop)
    await import_products([imported(heart(250, "85123B"), heart(1, "85123C"), name="NEW")], shop)
    product = await store.by_slug("heart")
    assert product is not None
    prices = {variant.sku: variant.price.amount for variant in product.content.variants}
    assert prices == {"85123A": 295, "85123B": 250, "85123C": 1}
    assert (product.content.name, product.content.category) == ("NEW", "party")
    assert product.content.description == "D"


async def test_a_file_without_weights_takes_none_away(shop: Shop, store: MemoryStore) -> None:
    weighed = replace(heart(), weight_grams=180)
    await import_products([imported(weighed)], shop)
    result = await import_products([imported(heart())], shop)
    assert result.unchanged == 1
    (product,) = await store.by_codes(["85123"])
    assert product.content.variants[0].weight_grams == 180


async def test_products_of_one_name_in_one_batch_get_slugs_of_their_own(shop: Shop) -> None:
    batch = [imported(code=code, name="BATHROOM SIGN") for code in ("10001", "10002", "10003")]
    await import_products(batch, shop)
    products = await shop.products.by_codes(["10001", "10002", "10003"])
    slugs = {product.slug for product in products}
    assert slugs == {"bathroom-sign", "bathroom-sign-10002", "bathroom-sign-10003"}


async def test_an_import_brings_back_what_was_withdrawn(shop: Shop, store: MemoryStore) -> None:
    await import_products([imported()], shop)
    await withdraw_product(WithdrawProduct("heart", seen), shop)
    assert await import_products([imported()], shop) == ImportResult(0, 1, 0)
    assert isinstance(store.outbox[-1], ProductChanged)


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        ([imported(), imported()], InvalidProduct),
        ([imported(code="10001"), imported(heart(0))], InvalidPrice),
        ([imported(code="10001"), imported(heart(), heart())], InvalidProduct),
    ],
)
async def test_one_bad_product_stops_the_whole_batch(
    shop: Shop, store: MemoryStore, batch: list[ImportedProduct], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await import_products(batch, shop)
    assert store.outbox == []


async def test_an_import_goes_on_when_another_writer_came_between(
    shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = store.by_codes

    async def too_early(codes: list[str]) -> list[Product]:
        monkeypatch.setattr(store, "by_codes", look)
        found = await look(codes)
        await store.add(make_product("85123", slug="other"), CreationKey("other", ""))
        return found

    monkeypatch.setattr(store, "by_codes", too_early)
    await import_products([imported(code="10001"), imported()], shop)
    products = await look(["10001", "85123"])
    assert {product.code: product.content.name for product in products} == {
        "10001": "HEART",
        "85123": "HEART",
    }


async def test_an_import_that_never_gets_through_says_so(
    shop: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(new: list[Product], changed: list[Product]) -> None:
        raise ConcurrentChange

    monkeypatch.setattr(store, "save_all", busy)
    with pytest.raises(ConcurrentChange):
        await import_products([imported()], shop)
