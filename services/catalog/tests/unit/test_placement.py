"""Categories found by rules: how a rule reads a name, and where the real file puts things."""

import pytest

from catalog.adapters.category_file import parse_taxonomy
from catalog.domain.errors import CategoryNotFound, UnknownCategory
from catalog.domain.placement import Placement, Rule, Taxonomy

PLACEMENT = Placement(
    [
        Rule("holders", ("t-light holder", "candlestick")),
        Rule("candles", ("candle", "t-light"), unless=("incense",)),
        Rule("cherries", ("cherry",)),
    ],
    otherwise="more-gifts",
)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "holders"),
        ("SET OF 6 T-LIGHTS SANTA", "candles"),
        ("Candle", "candles"),
        ("CANDLES", "candles"),
        ("ORIGAMI INCENSE/CANDLE SET", "more-gifts"),
        ("CANDLEHOLDER", "more-gifts"),
        ("TWO CHERRIES", "cherries"),
        ("T SHIRT, LIGHT", "more-gifts"),
        ("", "more-gifts"),
    ],
)
def test_the_first_rule_whose_words_stand_in_the_name_wins(name: str, category: str) -> None:
    assert PLACEMENT.category_of(name) == category


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "candle-holders"),
        ("REGENCY CAKESTAND 3 TIER", "baking-and-cakes"),
        ("JUMBO BAG RED RETROSPOT", "shopping-bags"),
        ("PAPER CHAIN KIT 50'S CHRISTMAS", "christmas"),
        ("HOT WATER BOTTLE TEA AND SYMPATHY", "hot-water-bottles"),
        ("RED HEART SHAPE LOVE BUCKET", "boxes-and-baskets"),
        ("ASSORTED COLOUR BIRD ORNAMENT", "ornaments"),
        ("PACK OF 72 RETROSPOT CAKE CASES", "baking-and-cakes"),
        ("VINTAGE UNION JACK BUNTING", "bunting-and-garlands"),
        ("PINK/PURPLE RETRO RADIO", "more-gifts"),
    ],
)
def test_well_known_things_lie_where_a_customer_would_look(
    taxonomy: Taxonomy, name: str, category: str
) -> None:
    assert taxonomy.placement.category_of(name) == category


def test_the_way_to_a_category_begins_at_the_root(taxonomy: Taxonomy) -> None:
    way = ("home", "candles-and-lighting", "candle-holders")
    assert taxonomy.tree.path_slugs("candle-holders") == way
    assert [step.name for step in taxonomy.tree.path("party")] == ["Party"]


def test_a_category_that_does_not_exist_is_named(taxonomy: Taxonomy) -> None:
    with pytest.raises(CategoryNotFound, match="no-such"):
        taxonomy.tree.path("no-such")
    with pytest.raises(UnknownCategory, match="no-such"):
        taxonomy.tree.path_slugs("no-such")


FILE = """
otherwise: rest
tree:
  - {slug: rest, name: Rest}
  - slug: home
    name: Home
    children: [{slug: candles, name: Candles}]
rules:
  - {category: candles, phrases: [candle]}
"""


def test_a_file_gives_the_tree_and_the_rules() -> None:
    taxonomy = parse_taxonomy(FILE)
    assert taxonomy.placement.category_of("A CANDLE") == "candles"
    assert taxonomy.placement.category_of("A MUG") == "rest"
    assert taxonomy.tree.path_slugs("candles") == ("home", "candles")


@pytest.mark.parametrize(
    ("old", "new"),
    [("category: candles", "category: lamps"), ("otherwise: rest", "otherwise: other")],
)
def test_a_file_that_names_a_category_it_lacks_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="tree lacks"):
        parse_taxonomy(FILE.replace(old, new))


def test_a_file_that_has_a_category_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="occurs twice"):
        parse_taxonomy(FILE.replace("slug: candles", "slug: rest"))
