"""I2: each way in which stock can be wrong is named, and right shelves are not."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from native.verify.findings import Findings
from native.verify.invariants.stock import (
    OrderGoods,
    ReservationRow,
    Shelves,
    Units,
)

HEART, CUP = "85123A", "22423"


def _movements() -> list[tuple[str, str, Units]]:
    return [
        (CUP, "adjusted", Units(10)),
        (CUP, "adjusted", Units(-1)),
        (HEART, "adjusted", Units(100)),
        (HEART, "reserved", Units(-30, 30)),
        (HEART, "reserved", Units(-5, 5)),
        (HEART, "committed", Units(0, -30, 30)),
        (HEART, "returned", Units(4, 0, 0, 4)),
    ]


def _reservations() -> list[ReservationRow]:
    return [
        ReservationRow("o-1", "committed", {HEART: 30}, {HEART: 4}),
        ReservationRow("o-2", "held", {HEART: 5}, {}),
        ReservationRow("o-3", "released", {CUP: 2}, {}),
        ReservationRow("o-4", "rejected", {}, {}),
    ]


@dataclass
class Warehouse:
    """Right in every part; a test spoils one."""

    movements: list[tuple[str, str, Units]] = field(default_factory=_movements)
    stock: dict[str, Units] = field(
        default_factory=lambda: {CUP: Units(9), HEART: Units(69, 5, 30, 4)}
    )
    adjusted: dict[str, int] = field(default_factory=lambda: {CUP: 9, HEART: 100})
    reservations: list[ReservationRow] = field(default_factory=_reservations)
    orders: dict[str, OrderGoods] = field(
        default_factory=lambda: {
            "o-1": OrderGoods("delivered", {HEART: 30}, {HEART: 4}, {HEART: 30}),
            "o-2": OrderGoods("pending", {HEART: 5}, {}, {}),
            "o-3": OrderGoods("cancelled", {CUP: 2}, {}, {}),
            "o-4": OrderGoods("rejected", {CUP: 1000}, {}, {}),
        }
    )

    def moved(self, order: str, status: str) -> "Warehouse":
        """The same with an order somewhere else."""
        self.orders[order] = replace(self.orders[order], status=status)
        return self

    def check(self) -> Findings:
        shelves = Shelves()
        for sku, kind, change in self.movements:
            shelves.move(sku, kind, change)
        return shelves.finish(self.stock, self.adjusted, self.reservations, self.orders)

    def clauses(self) -> set[str]:
        return set(self.check().by_clause)


def test_right_shelves_have_no_violation_and_all_of_them_are_counted() -> None:
    found = Warehouse().check()
    assert found.violations == 0, found.examples
    assert found.checked == {"movements": 7, "SKUs": 2, "reservations": 4}


def test_a_movement_that_left_less_than_nothing_is_seen_though_a_later_one_mends_it() -> None:
    warehouse = Warehouse()
    warehouse.movements.insert(2, (CUP, "adjusted", Units(-20)))
    warehouse.movements.insert(3, (CUP, "adjusted", Units(20)))
    found = warehouse.check()
    assert set(found.by_clause) == {"negative after a movement"}
    assert found.examples[0].about == CUP


def test_a_row_that_was_changed_without_a_movement() -> None:
    warehouse = Warehouse()
    warehouse.stock[CUP] = Units(8)
    assert warehouse.clauses() == {"row differs from its movements", "not what was put in"}


def test_units_that_moved_between_buckets_by_themselves() -> None:
    warehouse = Warehouse()
    warehouse.stock[CUP] = Units(8, 1)
    assert warehouse.clauses() == {
        "row differs from its movements",
        "reserved differs from the holds",
    }


def test_a_negative_row_is_seen() -> None:
    warehouse = Warehouse()
    warehouse.stock[CUP] = Units(-1)
    assert "negative" in warehouse.clauses()


def test_a_lost_movement_is_seen() -> None:
    warehouse = Warehouse()
    del warehouse.movements[-1]
    assert warehouse.clauses() == {"row differs from its movements"}


def test_an_adjustment_that_was_booked_twice_or_not_at_all() -> None:
    for booked in ([], [(CUP, "adjusted", Units(9))] * 2):
        warehouse = Warehouse(movements=[*booked, *_movements()[2:]])
        warehouse.stock[CUP] = Units(9 * len(booked))
        assert warehouse.clauses() == {"not what was put in", "adjustment without its movement"}


@pytest.mark.parametrize(
    ("number", "change", "clause"),
    [
        (1, {"lines": {HEART: 6}}, "reserved differs from the holds"),
        (0, {"lines": {HEART: 29}}, "sold differs from the reservations"),
        (0, {"returned": {HEART: 3}}, "returned differs from the returns"),
    ],
)
def test_a_reservation_that_says_otherwise(
    number: int, change: dict[str, Any], clause: str
) -> None:
    warehouse = Warehouse()
    warehouse.reservations[number] = replace(warehouse.reservations[number], **change)
    order = warehouse.reservations[number].order_id
    left = warehouse.reservations[number].lines
    warehouse.orders[order] = replace(warehouse.orders[order], **change, shipped=left)
    assert warehouse.clauses() == {clause}


def test_stock_that_is_kept_for_an_order_that_ended() -> None:
    for order in ("o-1", "o-2"):
        warehouse = Warehouse().moved(order, "cancelled")
        assert warehouse.clauses() == {"stock kept for an order that ended"}


def test_an_order_that_was_sold_without_stock() -> None:
    assert Warehouse().moved("o-2", "confirmed").clauses() == {"sold without stock"}


def test_an_order_that_was_sold_and_for_which_stock_was_never_reserved() -> None:
    warehouse = Warehouse()
    warehouse.orders["o-5"] = OrderGoods("shipped", {CUP: 1}, {}, {CUP: 1})
    assert warehouse.clauses() == {"sold without stock"}
    for status in ("pending", "rejected", "cancelled"):
        assert warehouse.moved("o-5", status).clauses() == set()


def test_more_that_came_back_than_was_sold_though_orders_and_inventory_agree() -> None:
    warehouse = Warehouse()
    warehouse.movements.append((HEART, "returned", Units(27, 0, 0, 27)))
    warehouse.stock[HEART] = Units(96, 5, 30, 31)
    row, order = warehouse.reservations[0], warehouse.orders["o-1"]
    warehouse.reservations[0] = replace(row, returned={HEART: 31})
    warehouse.orders["o-1"] = replace(order, returned={HEART: 31})
    assert warehouse.clauses() == {"more came back than was sold"}


def test_an_order_whose_goods_left_twice_or_not_at_all() -> None:
    for left, clause in ((60, "more left than was ordered"), (29, "less left than was ordered")):
        warehouse = Warehouse()
        warehouse.orders["o-1"] = replace(warehouse.orders["o-1"], shipped={HEART: left})
        assert warehouse.clauses() == {clause}
        warehouse.moved("o-1", "partially_shipped")
        assert warehouse.clauses() == ({clause} if left > 30 else set())


def test_stock_that_was_sold_in_place_of_what_was_ordered() -> None:
    warehouse = Warehouse()
    warehouse.orders["o-1"] = replace(
        warehouse.orders["o-1"], lines={HEART: 29}, shipped={HEART: 29}
    )
    assert warehouse.clauses() == {"sold is not what was ordered"}


def test_goods_that_came_back_and_of_which_inventory_was_not_told() -> None:
    warehouse = Warehouse()
    warehouse.orders["o-1"] = replace(warehouse.orders["o-1"], returned={HEART: 5})
    assert warehouse.clauses() == {"the order's returns differ"}


def test_a_reservation_without_an_order() -> None:
    warehouse = Warehouse()
    warehouse.reservations.append(ReservationRow("o-9", "released", {}, {}))
    assert warehouse.clauses() == {"reservation without an order"}


def test_a_sku_of_which_there_is_no_row() -> None:
    warehouse = Warehouse()
    del warehouse.stock[CUP]
    warehouse.reservations.pop(2)
    assert warehouse.clauses() == {"SKU without a stock row"}
