"""I2: the stock of each SKU adds up, and no movement ever left a part of it negative.

`gather` hands the movements over SKU by SKU, in their order, then what the rows say now. Units.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from native.verify.findings import Findings
from native.verify.invariants.money import ENDED, PENDING, SHIPPED

HELD, COMMITTED = "held", "committed"
ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class Units:
    """A SKU's buckets, or the change of them. `returned` are units that were sold and came back."""

    available: int = 0
    reserved: int = 0
    sold: int = 0
    returned: int = 0

    def __add__(self, other: "Units") -> "Units":
        """Both together."""
        return Units(
            self.available + other.available,
            self.reserved + other.reserved,
            self.sold + other.sold,
            self.returned + other.returned,
        )

    def __str__(self) -> str:
        parts = f"{self.available} available, {self.reserved} reserved, {self.sold} sold"
        return f"{parts}, {self.returned} returned"

    @property
    def total(self) -> int:
        """What the warehouse was ever given: what came back is counted as available again."""
        return self.available + self.reserved + self.sold - self.returned

    @property
    def negative(self) -> bool:
        """Whether there is less than nothing of something."""
        return min(self.available, self.reserved, self.sold, self.returned) < 0


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """An order's reservation: units by SKU that it asked for, and those of it that came back."""

    order_id: str
    status: str
    lines: Mapping[str, int]
    returned: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OrderGoods:
    """What an order says of its goods: units by SKU that were ordered, came back, and left."""

    status: str
    lines: Mapping[str, int]
    returned: Mapping[str, int]
    shipped: Mapping[str, int]


class Shelves:
    """Replays the movements, then compares."""

    def __init__(self) -> None:
        self._found = Findings("I2", "stock adds up and was never negative")
        self._moved: dict[str, Units] = {}
        self._adjusted: Counter[str] = Counter()

    def move(self, sku: str, kind: str, change: Units) -> None:
        """Takes the SKU's next movement."""
        self._found.count("movements")
        now = self._moved.get(sku, Units()) + change
        if now.negative:
            self._found.fault("negative after a movement", sku, f"{kind} left {now}")
        self._moved[sku] = now
        if kind == ADJUSTED:
            self._adjusted[sku] += change.available

    def finish(
        self,
        stock: Mapping[str, Units],
        adjusted: Mapping[str, int],
        reservations: Iterable[ReservationRow],
        orders: Mapping[str, OrderGoods],
    ) -> Findings:
        """`adjusted` has the units of all adjustments by SKU."""
        promised: dict[str, Units] = {}
        unreserved = dict(orders)
        for row in reservations:
            self._reservation(row, unreserved.pop(row.order_id, None), promised)
        for order_id, order in unreserved.items():
            if _is_sold(order):
                text = f"the order is {order.status}, and nothing was reserved for it"
                self._found.fault("sold without stock", order_id, text)
        for order_id, order in orders.items():
            self._left(order_id, order)
        for sku, units in stock.items():
            self._found.count("SKUs")
            moved = self._moved.pop(sku, Units())
            self._found.expect("row differs from its movements", sku, moved, units)
            self._found.expect("not what was put in", sku, adjusted.get(sku, 0), units.total)
            self._adjustments(sku, adjusted.get(sku, 0))
            self._promises(sku, promised.pop(sku, Units()), units)
            if units.negative:
                self._found.fault("negative", sku, str(units))
        for sku in self._moved.keys() | promised.keys():
            self._found.fault("SKU without a stock row", sku, "movements or reservations name it")
        return self._found

    def _adjustments(self, sku: str, wanted: int) -> None:
        self._found.expect("adjustment without its movement", sku, wanted, self._adjusted[sku])

    def _promises(self, sku: str, promised: Units, units: Units) -> None:
        clauses = (
            ("reserved differs from the holds", promised.reserved, units.reserved),
            ("sold differs from the reservations", promised.sold, units.sold),
            ("returned differs from the returns", promised.returned, units.returned),
        )
        for clause, expected, found in clauses:
            self._found.expect(clause, sku, expected, found)

    def _reservation(
        self, row: ReservationRow, order: OrderGoods | None, promised: dict[str, Units]
    ) -> None:
        self._found.count("reservations")
        for sku, units in row.lines.items():
            share = Units(returned=row.returned.get(sku, 0))
            if row.status == HELD:
                share = replace(share, reserved=units)
            elif row.status == COMMITTED:
                share = replace(share, sold=units)
            promised[sku] = promised.get(sku, Units()) + share
        if order is None:
            self._found.fault("reservation without an order", row.order_id, row.status)
        else:
            self._against(row, order)

    def _against(self, row: ReservationRow, order: OrderGoods) -> None:
        """The reservation of an order, and what the order says itself."""
        about = row.order_id
        if order.status in ENDED and row.status in {HELD, COMMITTED}:
            text = f"{row.status}, but the order is {order.status}"
            self._found.fault("stock kept for an order that ended", about, text)
        elif _is_sold(order) and row.status != COMMITTED:
            text = f"the order is {order.status}, its stock {row.status}"
            self._found.fault("sold without stock", about, text)
        elif row.status == COMMITTED:
            expected, found = dict(order.lines), dict(row.lines)
            self._found.expect("sold is not what was ordered", about, expected, found)
        expected, found = dict(order.returned), dict(row.returned)
        self._found.expect("the order's returns differ", about, expected, found)
        if excess := _more(row.returned, row.lines):
            self._found.fault("more came back than was sold", about, excess)

    def _left(self, about: str, order: OrderGoods) -> None:
        """What an order says of its parcels."""
        if excess := _more(order.shipped, order.lines):
            self._found.fault("more left than was ordered", about, excess)
        elif order.status in SHIPPED and (missing := _more(order.lines, order.shipped)):
            text = f"the order is {order.status}: {missing}"
            self._found.fault("less left than was ordered", about, text)


def _is_sold(order: OrderGoods) -> bool:
    return order.status not in ENDED and order.status != PENDING


def _more(units: Mapping[str, int], allowed: Mapping[str, int]) -> str:
    """The SKUs of which there are more than allowed; nothing where there are none."""
    excess = (sku for sku in units if units[sku] > allowed.get(sku, 0))
    return ", ".join(f"{units[sku]} of {allowed.get(sku, 0)} {sku}" for sku in excess)
