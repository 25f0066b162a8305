"""What inventory says: stock, movements, adjustments, reservations. Called by `reading`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from native.verify.invariants.stock import ReservationRow, Shelves, Units
from native.verify.sql import Snapshot

_STOCK = "SELECT sku, available, reserved, sold, returned, version FROM stock"
_MOVEMENTS = "SELECT sku, kind, available, reserved, sold, returned FROM movements ORDER BY sku, id"
_ADJUSTED = "SELECT lines FROM adjustments"
_RESERVATIONS = "SELECT order_id, status, version, lines, returns FROM reservations"


@dataclass(frozen=True, slots=True)
class InventoryStore:
    """What inventory says, but for its movements."""

    stock: dict[str, Units]
    stock_versions: dict[str, int]
    adjusted: Counter[str]
    reservations: list[ReservationRow]
    reservation_versions: dict[str, int]


async def read_inventory(database: Snapshot) -> InventoryStore:
    """Reads stock, adjustments and reservations."""
    stock = [row async for row in database.rows(_STOCK)]
    reservations = [row async for row in database.rows(_RESERVATIONS)]
    adjusted: Counter[str] = Counter()
    async for row in database.rows(_ADJUSTED):
        for line in row["lines"]:
            adjusted[line["sku"]] += line["delta"]
    return InventoryStore(
        stock={row["sku"]: _units(row) for row in stock},
        stock_versions={row["sku"]: row["version"] for row in stock},
        adjusted=adjusted,
        reservations=[
            ReservationRow(str(r["order_id"]), r["status"], r["lines"], _all_of(r["returns"]))
            for r in reservations
        ],
        reservation_versions={str(row["order_id"]): row["version"] for row in reservations},
    )


async def replay_movements(database: Snapshot, shelves: Shelves) -> None:
    """Hands every movement over, SKU by SKU, in the order in which they happened."""
    async for row in database.rows(_MOVEMENTS):
        shelves.move(row["sku"], row["kind"], _units(row))


def _units(row: Any) -> Units:
    return Units(row["available"], row["reserved"], row["sold"], row["returned"])


def _all_of(returns: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    """The units that came back with any return, by SKU."""
    together: Counter[str] = Counter()
    for lines in returns.values():
        together.update(lines)
    return together
