"""The product decides: what a change is, which events it leaves, and what is refused."""

from dataclasses import replace

import pytest

from catalog.domain.content import Content, checked_content
from catalog.domain.errors import (
    CatalogError,
    CurrencyMismatch,
    InvalidPrice,
    InvalidProduct,
    ProductGone,
    VariantNotFound,
)
from catalog.domain.events import (
    PriceChanged,
    ProductChanged,
    ProductCreated,
    ProductWithdrawn,
    Variant,
)
from catalog.domain.money import MAX_AMOUNT, Money
from catalog.domain.product import Product
from catalog.testing import make_product


def stored(**prices: int) -> Product:
    """A product whose creation has been written."""
    product = make_product(prices={f"85123{letter}": pence for letter, pence in prices.items()})
    product.new_events.clear()
    return product


def test_a_new_product_tells_of_its_creation_whole() -> None:
    product = make_product()
    (event,) = product.new_events
    assert isinstance(event, ProductCreated)
    assert event.sequence == product.version == 1
    assert event.product == product.state
    assert product.stored_version == 0


def test_a_moved_price_is_one_event_with_both_prices() -> None:
    product = stored(A=295)
    product.set_price("85123A", Money(255, "GBP"))
    (event,) = product.new_events
    assert event == PriceChanged(2, product.id, "85123A", Money(295, "GBP"), Money(255, "GBP"))
    assert product.stored_version == 1


def test_the_same_price_again_is_no_event() -> None:
    product = stored(A=295)
    product.set_price("85123A", Money(295, "GBP"))
    assert product.new_events == []
    assert product.version == 1


def test_a_price_for_a_sku_that_is_not_there_is_refused() -> None:
    with pytest.raises(VariantNotFound):
        stored(A=295).set_price("85123Z", Money(1, "GBP"))


def test_one_revision_tells_first_what_changed_and_then_each_moved_price() -> None:
    product = stored(A=295, B=310)
    new = make_product(name="RED HEART", prices={"85123A": 300, "85123B": 320}).content
    product.revise(new)
    assert [type(event) for event in product.new_events] == [
        ProductChanged,
        PriceChanged,
        PriceChanged,
    ]
    assert [event.sequence for event in product.new_events] == [2, 3, 4]
    changed = product.new_events[0]
    assert isinstance(changed, ProductChanged)
    assert changed.product.variants[0].price == Money(300, "GBP")


def test_a_revision_of_prices_alone_tells_of_prices_alone() -> None:
    product = stored(A=295, B=310)
    product.revise(make_product(prices={"85123A": 295, "85123B": 300}).content)
    (event,) = product.new_events
    assert isinstance(event, PriceChanged)
    assert event.sku == "85123B"


def test_a_variant_that_comes_or_goes_is_a_change_and_no_price() -> None:
    product = stored(A=295, B=310)
    product.revise(make_product(prices={"85123A": 295, "85123C": 310}).content)
    assert [type(event) for event in product.new_events] == [ProductChanged]


def test_a_revision_that_says_the_same_is_no_event() -> None:
    product = stored(A=295)
    product.revise(product.content)
    assert product.new_events == []


def test_withdrawing_tells_which_skus_go_and_only_once() -> None:
    product = stored(A=295, B=310)
    product.withdraw()
    product.withdraw()
    expected = ProductWithdrawn(2, product.id, product.slug, ("85123A", "85123B"))
    assert product.new_events == [expected]


def test_a_withdrawn_product_cannot_be_changed() -> None:
    product = stored(A=295)
    product.withdraw()
    with pytest.raises(ProductGone):
        product.revise(product.content)
    with pytest.raises(ProductGone):
        product.set_price("85123A", Money(1, "GBP"))


def test_an_import_brings_a_withdrawn_product_back() -> None:
    product = stored(A=295)
    product.withdraw()
    product.new_events.clear()
    product.import_content(product.content)
    assert not product.withdrawn
    assert [type(event) for event in product.new_events] == [ProductChanged]


def test_an_import_of_what_is_known_changes_nothing() -> None:
    product = stored(A=295)
    product.import_content(product.content)
    assert product.new_events == []


CONTENT = Content(
    name="A HEART",
    description=None,
    category="candle-holders",
    chosen_category=None,
    variants=(Variant("85123A", "A HEART", Money(295, "GBP")),),
)


def checked(**changes: object) -> Content:
    return checked_content(replace(CONTENT, **changes), code="85123", currency="GBP")  # type: ignore[arg-type]


def variant(**changes: object) -> dict[str, object]:
    return {"variants": (replace(CONTENT.variants[0], **changes),)}  # type: ignore[arg-type]


def test_texts_are_tidied_and_skus_made_capital() -> None:
    content = checked(name="  A \t HEART ", description=" x\ny ", **variant(sku="85123a"))
    assert (content.name, content.description) == ("A HEART", "x\ny")
    assert content.skus == ("85123A",)
    assert checked(description="  ").description is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (variant(weight_grams=0), InvalidProduct),
        (variant(weight_grams=20_001), InvalidProduct),
        ({"name": ""}, InvalidProduct),
        ({"name": "   "}, InvalidProduct),
        ({"name": "x" * 201}, InvalidProduct),
        ({"name": "a\x00b"}, InvalidProduct),
        ({"name": "a\u202eb"}, InvalidProduct),
        ({"description": "x" * 4001}, InvalidProduct),
        ({"description": "a\x1b[2J"}, InvalidProduct),
        ({"variants": ()}, InvalidProduct),
        ({"variants": CONTENT.variants * 2}, InvalidProduct),
        (variant(sku="85124A"), InvalidProduct),
        (variant(sku="85123-1"), InvalidProduct),
        (variant(sku="85123.A"), InvalidProduct),
        (variant(sku="$ne"), InvalidProduct),
        (variant(sku="85123" + "A" * 16), InvalidProduct),
        (variant(name=""), InvalidProduct),
        (variant(price=Money(0, "GBP")), InvalidPrice),
        (variant(price=Money(-1, "GBP")), InvalidPrice),
        (variant(price=Money(MAX_AMOUNT + 1, "GBP")), InvalidPrice),
        (variant(price=Money(295, "EUR")), CurrencyMismatch),
    ],
)
def test_content_that_breaks_a_rule_is_refused(
    changes: dict[str, object], error: type[CatalogError]
) -> None:
    with pytest.raises(error):
        checked(**changes)


@pytest.mark.parametrize("code", ["", "1234", "123456", "1234a", "١٢٣٤٥"])
def test_a_code_is_five_digits(code: str) -> None:
    with pytest.raises(InvalidProduct):
        checked_content(CONTENT, code=code, currency="GBP")


def test_a_hundred_variants_are_enough() -> None:
    many = tuple(
        Variant(f"85123{chr(65 + n // 26)}{chr(65 + n % 26)}", "X", Money(1, "GBP"))
        for n in range(101)
    )
    assert len(checked(variants=many[:100]).variants) == 100
    with pytest.raises(InvalidProduct):
        checked(variants=many)
