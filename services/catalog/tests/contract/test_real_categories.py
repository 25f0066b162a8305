"""What the file of categories achieves for every product of the real shop."""

from collections import Counter

from catalog.application.import_products import ImportedProduct
from catalog.domain.placement import Taxonomy


def test_nine_in_ten_products_of_the_real_shop_find_a_category(
    taxonomy: Taxonomy, december: tuple[ImportedProduct, ...]
) -> None:
    placed = Counter(taxonomy.placement.category_of(product.name) for product in december)
    assert placed.total() == 2370
    assert 1 - placed["more-gifts"] / placed.total() >= 0.90


def test_no_category_of_the_real_shop_is_empty_or_holds_nearly_everything(
    taxonomy: Taxonomy, december: tuple[ImportedProduct, ...]
) -> None:
    placed = Counter(taxonomy.placement.category_of(product.name) for product in december)
    leaves = {s for s, category in taxonomy.tree.by_slug.items() if not category.children}
    assert leaves == set(placed)
    assert max(placed.values()) < placed.total() / 10
