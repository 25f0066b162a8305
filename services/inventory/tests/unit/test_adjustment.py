"""An adjustment is booked as a whole or not at all."""

from uuid import uuid4

import pytest

from inventory.domain.adjustment import Adjustment, AdjustmentLine
from inventory.domain.errors import DuplicateSkus, InventoryError, NotEnoughStock, UnknownSkus
from inventory.domain.stock import Stock
from services.inventory.tests.fakes import NOON


def adjustment(*lines: tuple[str, int]) -> Adjustment:
    booked = tuple(AdjustmentLine(sku, delta) for sku, delta in lines)
    return Adjustment(uuid4(), "delivery", "warehouse@souk.example", NOON, booked)


def test_every_line_changes_its_sku_and_names_the_adjustment_as_cause() -> None:
    shelf = {"10001": Stock("10001", available=5), "10002": Stock("10002")}
    booked = adjustment(("10001", -2), ("10002", 7))
    booked.book(shelf)
    assert [shelf["10001"].available, shelf["10002"].available] == [3, 7]
    assert {m.cause for stock in shelf.values() for m in stock.movements} == {booked.id}


@pytest.mark.parametrize(
    ("lines", "error", "named"),
    [
        ([("10001", 1), ("99999", 1), ("88888", 1)], UnknownSkus, {"skus": ["88888", "99999"]}),
        ([("10001", 1), ("10001", 1)], DuplicateSkus, {"skus": ["10001"]}),
        (
            [("10001", 1), ("10002", -1)],
            NotEnoughStock,
            {"shortages": [{"sku": "10002", "requested": 1, "available": 0}]},
        ),
    ],
)
def test_one_bad_line_refuses_all_of_them_and_is_named(
    lines: list[tuple[str, int]], error: type[InventoryError], named: dict[str, object]
) -> None:
    shelf = {"10001": Stock("10001", available=5), "10002": Stock("10002")}
    with pytest.raises(error) as caught:
        adjustment(*lines).book(shelf)
    assert caught.value.extras == named
    assert [stock.movements for stock in shelf.values()] == [[], []]
