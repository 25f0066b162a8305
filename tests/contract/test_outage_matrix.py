"""The matrix of docs/reliability.md has a cell for each part and engine, and wrong cells are seen.

`./souk test reliability` holds the shop to the cells, on demand; this is what can be said of them
and of the check without a server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from native.place import CHECKOUT
from tests.reliability.matrix import Answer, BadMatrix, Cell, faults, read_matrix
from tests.reliability.outages import ENGINES
from tests.reliability.people import acts_by_part

ACTS = {"shop": ["look", "buy"], "till": ["pay"]}
HEAD = "| part | engine | slow | down |\n|---|---|---|---|\n"
SHOP = "| shop | Redis | works: all | works: look; **503**: buy |\n"
TILL = "| till | Redis | works: all | **503**: all |\n"
FINE = Answer(5, 200, 0.1, None, "")
REFUSED = Answer(5, 503, 0.1, "1", "")
PROMISED = Cell(works=frozenset({"look"}), refused=frozenset({"buy"}))
AS_PROMISED = {"look": [FINE, FINE], "buy": [REFUSED, replace(FINE, after=1)]}


def test_the_page_has_a_cell_for_each_part_engine_and_mode() -> None:
    page = (CHECKOUT / "docs/reliability.md").read_text()
    assert len(read_matrix(page, acts_by_part(), ENGINES)) == 7 * 5 * 2


def test_reading_needs_no_kafka_and_ordering_needs_no_catalogue_and_no_mail() -> None:
    matrix = read_matrix((CHECKOUT / "docs/reliability.md").read_text(), acts_by_part(), ENGINES)
    assert {"list products", "search"} <= matrix["catalog", "Kafka", "down"].works
    for engine in ("MongoDB", "mail server", "Kafka"):
        assert "place an order" in matrix["orders", engine, "down"].works


def test_a_table_is_read_cell_by_cell() -> None:
    matrix = read_matrix(f"# Page\n\n{HEAD}{SHOP}{TILL}\nMore | of | the | page.", ACTS, ["Redis"])
    assert matrix["shop", "Redis", "down"] == PROMISED
    assert matrix["shop", "Redis", "slow"] == Cell(frozenset({"look", "buy"}), frozenset())
    assert matrix["till", "Redis", "down"] == Cell(frozenset(), frozenset({"pay"}))


@pytest.mark.parametrize(
    "table",
    [
        "",
        HEAD + SHOP,
        HEAD + SHOP + SHOP + TILL,
        HEAD + SHOP + TILL + TILL.replace("Redis", "Kafka"),
        HEAD + SHOP + TILL.replace("till", "bank"),
        HEAD + SHOP.replace("; **503**: buy", "") + TILL,
        HEAD + SHOP.replace("buy", "buy, look") + TILL,
        HEAD + SHOP.replace("buy", "steal") + TILL,
        HEAD + SHOP.replace("503", "500") + TILL,
        HEAD + SHOP.replace("works: all", "fine") + TILL,
        HEAD + SHOP.replace("works: look", "works: look; works: buy") + TILL,
    ],
)
def test_a_table_with_a_wrong_cell_is_refused(table: str) -> None:
    with pytest.raises(BadMatrix):
        read_matrix(table, ACTS, ["Redis"])


def test_a_shop_that_does_what_the_cell_says_has_no_fault() -> None:
    assert faults(PROMISED, AS_PROMISED) == []


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ({"look": [FINE, REFUSED]}, "look: was refused, and is said to work, 1 of 2 times"),
        ({"buy": [REFUSED, FINE]}, "buy: was done, and is said to be refused, 1 of 2 times"),
        ({"buy": []}, "buy: nobody asked for it"),
        ({"look": [replace(FINE, after=1)]}, "look: nobody asked for it"),
        ({"look": [FINE, replace(FINE, seconds=10)]}, "look: took 10 s or more, 1 of 2"),
        ({"buy": [replace(REFUSED, retry_after=None)]}, "buy: neither done nor refused, 1 of 1"),
        ({"look": [FINE, replace(FINE, status=500)]}, "look: neither done nor refused, 1 of 2"),
        ({"look": [FINE, replace(FINE, status=0)]}, "look: neither done nor refused, 1 of 2"),
        ({"look": [FINE, replace(FINE, after=1, status=500)]}, "look: neither done nor refused"),
    ],
)
def test_a_shop_that_does_something_else_is_seen(
    planted: Mapping[str, Sequence[Answer]], said: str
) -> None:
    found = faults(PROMISED, {**AS_PROMISED, **planted})
    assert [fault[: len(said)] for fault in found] == [said]


def test_no_word_of_the_page_can_be_wrong_unseen() -> None:
    """Each act of each cell, said to be the other way round, is seen in a shop as on the page."""
    matrix = read_matrix((CHECKOUT / "docs/reliability.md").read_text(), acts_by_part(), ENGINES)
    for cell in matrix.values():
        shop = {name: [FINE] for name in cell.works} | {name: [REFUSED] for name in cell.refused}
        assert faults(cell, shop) == []
        for act in shop:
            turned = Cell(cell.works ^ {act}, cell.refused ^ {act})
            assert [fault.partition(":")[0] for fault in faults(turned, shop)] == [act]
