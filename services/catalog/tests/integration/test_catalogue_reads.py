"""What lists give: the same from the fake store and from the real one."""

from typing import Any

import pytest

from catalog.application.queries import ProductPage, ProductQuery, Sort
from catalog.domain.ports import CreationKey
from catalog.domain.words import search_terms
from catalog.testing import Stores, make_product

SHELF = [
    # code, name, category, pence
    ("10001", "RED MUG", "mugs-and-cups", 250),
    ("10002", "Blue Mug", "mugs-and-cups", 150),
    ("10003", "RED CANDLES", "candles", 150),
    ("10004", "CHRISTMAS TREE HEART", "christmas", 850),
    ("10005", "RED MUG", "mugs-and-cups", 250),
    ("10006", "CAFÉ CHERRIES SIGN", "signs", 400),
]


@pytest.fixture
async def shelf(stores: Stores) -> Stores:
    """A handful of products, and a withdrawn one that no list may show."""
    for code, name, category, pence in SHELF:
        product = make_product(
            code, name=name, slug=f"p{code}", category=category, prices={code: pence}
        )
        await stores.products.add(product, CreationKey(code, ""))
    gone = make_product("10009", name="RED MUG", slug="gone", category="mugs-and-cups")
    await stores.products.add(gone, CreationKey("gone", ""))
    gone.withdraw()
    await stores.products.save(gone)
    return stores


def codes(page: ProductPage) -> list[str]:
    return [item.code[-1] for item in page.items]


async def listed(stores: Stores, query: ProductQuery) -> str:
    return "".join(codes(await stores.reads.page(query)))


async def by_name(stores: Stores, **wanted: Any) -> str:
    return await listed(stores, ProductQuery(sort=Sort.NAME, **wanted))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NAME, "264315"),
        (Sort.NAME_DESCENDING, "513462"),
        (Sort.PRICE, "231564"),
        (Sort.PRICE_DESCENDING, "465132"),
        (Sort.NEWEST, "654321"),
    ],
)
async def test_lists_are_sorted_and_ties_stand_in_order(
    shelf: Stores, sort: Sort, expected: str
) -> None:
    assert await listed(shelf, ProductQuery(sort=sort)) == expected


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_pages_together_show_everything_once(shelf: Stores, sort: Sort, limit: int) -> None:
    whole = codes(await shelf.reads.page(ProductQuery(sort=sort)))
    shown: list[str] = []
    page = await shelf.reads.page(ProductQuery(sort=sort, limit=limit))
    while page.next is not None:
        shown += codes(page)
        page = await shelf.reads.page(ProductQuery(sort=sort, limit=limit, after=page.next))
    assert shown + codes(page) == whole


async def test_the_last_page_says_that_it_is_the_last(shelf: Stores) -> None:
    page = await shelf.reads.page(ProductQuery(limit=6))
    assert len(page.items) == 6
    assert page.next is None


async def test_a_category_holds_what_is_below_it(shelf: Stores) -> None:
    assert await by_name(shelf, category="mugs-and-cups") == "215"
    assert await by_name(shelf, category="home") == "63"
    assert await by_name(shelf, category="garden") == ""


async def test_prices_bound_a_list_on_both_sides(shelf: Stores) -> None:
    assert await by_name(shelf, min_price=250) == "6415"
    assert await by_name(shelf, max_price=150) == "23"
    assert await by_name(shelf, min_price=150, max_price=250) == "2315"


async def test_the_price_of_a_product_is_that_of_its_cheapest_variant(shelf: Stores) -> None:
    product = make_product("10007", name="ZINC", slug="z", prices={"10007A": 900, "10007B": 100})
    await shelf.products.add(product, CreationKey("z", ""))
    assert await by_name(shelf, max_price=100) == "7"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("red", "315"),
        ("RED mug", "15"),
        ("mug red", "15"),
        ("mugs red", "15"),
        ("red mu", "15"),
        ("candle", "3"),
        ("candles", "3"),
        ("cherry", "6"),
        ("cherries", "6"),
        ("cafe", "6"),
        ("chr", "4"),
        ("10003", "3"),
        ("mug candle", ""),
        ("ug", ""),
        ("red $ne", ""),
    ],
)
async def test_words_find_products(shelf: Stores, words: str, expected: str) -> None:
    assert await by_name(shelf, terms=search_terms(words)) == expected


async def test_a_filter_combines_all_that_is_asked(shelf: Stores) -> None:
    query = ProductQuery(
        category="mugs-and-cups",
        min_price=200,
        terms=search_terms("red mug"),
        sort=Sort.PRICE_DESCENDING,
        limit=1,
    )
    first = await shelf.reads.page(query)
    assert codes(first) == ["5"]
    assert first.next is not None


async def test_a_view_has_what_customers_see(shelf: Stores) -> None:
    view = await shelf.reads.view("p10002")
    assert view is not None
    assert (view.name, view.category, view.price_from.amount) == ("Blue Mug", "mugs-and-cups", 150)
    assert view.version == 1
    gone = await shelf.reads.view("gone")
    assert gone is not None
    assert gone.withdrawn
