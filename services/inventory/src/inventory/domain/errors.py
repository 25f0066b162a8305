"""Every way in which inventory says no, each with a name.

Domain and application raise them; `api/problems.py` has one row for each, and the text of an
error is the `detail` that a client reads. `extras` are further members of the problem document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Shortage:
    """A SKU of which more was asked than there is; both in units."""

    sku: str
    requested: int
    available: int


class InventoryError(Exception):
    """The root of this service's domain errors."""

    @property
    def extras(self) -> dict[str, Any]:
        """Returns what the problem document says beyond its text."""
        return {}


class StockNotFound(InventoryError):
    """The SKU was never in the catalogue."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"There is no stock record for SKU {sku}.")


class AdjustmentNotFound(InventoryError):
    """No adjustment has this id."""

    def __init__(self, adjustment_id: UUID) -> None:
        super().__init__(f"There is no stock adjustment {adjustment_id}.")


class ReservationNotFound(InventoryError):
    """A reservation was to be committed that nobody had asked for."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__(f"There is no reservation for order {order_id}.")


class UnknownSkus(InventoryError):
    """An adjustment names SKUs that are not in the catalogue."""

    def __init__(self, skus: Iterable[str]) -> None:
        self.skus = sorted(skus)
        super().__init__(f"Not in the catalogue: {', '.join(self.skus)}.")

    @property
    def extras(self) -> dict[str, Any]:
        """Returns every unknown SKU."""
        return {"skus": self.skus}


class DuplicateSkus(InventoryError):
    """An adjustment names a SKU twice, so that nobody can say which line was meant."""

    def __init__(self, skus: Iterable[str]) -> None:
        self.skus = sorted(skus)
        super().__init__(f"Named more than once: {', '.join(self.skus)}.")

    @property
    def extras(self) -> dict[str, Any]:
        """Returns every SKU that is there twice."""
        return {"skus": self.skus}


class NotEnoughStock(InventoryError):
    """A change would make the available stock of a SKU negative."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        skus = ", ".join(shortage.sku for shortage in shortages)
        super().__init__(f"Not enough stock of {skus}.")

    @property
    def extras(self) -> dict[str, Any]:
        """Returns each shortage with what was requested and what is available."""
        return {"shortages": [asdict(shortage) for shortage in self.shortages]}


class MoreReturnedThanSold(InventoryError):
    """A return names units that its order did not buy, or that came back before."""

    def __init__(self, order_id: UUID, skus: Iterable[str]) -> None:
        self.skus = sorted(skus)
        super().__init__(f"Order {order_id} has not so many left of {', '.join(self.skus)}.")

    @property
    def extras(self) -> dict[str, Any]:
        """Returns every SKU of which there are not so many."""
        return {"skus": self.skus}


class StockOutOfStep(InventoryError):
    """A bucket would become negative that only this service fills: stock and holds disagree."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"Reserved and sold stock of {sku} do not cover this change.")
