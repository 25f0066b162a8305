"""Stock rows: locked in sorted order, changed in memory, written back by one conditional update.

A batch of commands costs two statements whatever its size, and since every transaction locks
its SKUs in the same order, two of them cannot wait for each other in a circle.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from inventory.domain.errors import StockOutOfStep
from inventory.domain.stock import AvailabilityChanged, Movement, Stock

_LOCK = text(
    "SELECT sku, available, reserved, sold, returned, version FROM stock "
    "WHERE sku = ANY(CAST(:skus AS text[])) ORDER BY sku FOR UPDATE"
)
_OPEN = text(
    "INSERT INTO stock (sku) SELECT unnest(CAST(:skus AS text[])) ON CONFLICT (sku) DO NOTHING"
)
# The conditions repeat the domain's: should a lock ever be missing, nothing goes below zero.
_UPDATE = text(
    "UPDATE stock AS s SET available = s.available + m.available, "
    "reserved = s.reserved + m.reserved, sold = s.sold + m.sold, "
    "returned = s.returned + m.returned, version = m.version "
    "FROM unnest(CAST(:skus AS text[]), CAST(:available AS bigint[]), "
    "CAST(:reserved AS bigint[]), CAST(:sold AS bigint[]), CAST(:returned AS bigint[]), "
    "CAST(:versions AS bigint[])) AS m (sku, available, reserved, sold, returned, version) "
    "WHERE s.sku = m.sku AND s.available + m.available >= 0 AND s.reserved + m.reserved >= 0 "
    "AND s.sold + m.sold >= s.returned + m.returned RETURNING s.sku"
)
_RECORD = text(
    "INSERT INTO movements (sku, kind, available, reserved, sold, returned, cause) "
    "SELECT m.sku, m.kind, m.available, m.reserved, m.sold, m.returned, m.cause "
    "FROM unnest(CAST(:skus AS text[]), CAST(:kinds AS text[]), CAST(:available AS bigint[]), "
    "CAST(:reserved AS bigint[]), CAST(:sold AS bigint[]), CAST(:returned AS bigint[]), "
    "CAST(:causes AS uuid[])) WITH ORDINALITY "
    "AS m (sku, kind, available, reserved, sold, returned, cause, position) "
    "ORDER BY m.position"
)


class SqlStocks:
    """The stock that one transaction has locked; `write` puts the changes into the database."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._locked: dict[str, Stock] = {}
        self._absent: set[str] = set()
        self._to_open: set[str] = set()
        self._touched: dict[str, Stock] = {}

    async def lock(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        """Returns the SKUs that exist; those already locked are the same objects as before."""
        wanted = set(skus)
        await self._load(wanted - self._locked.keys() - self._absent)
        shelf = {sku: self._locked[sku] for sku in wanted if sku in self._locked}
        self._touched.update(shelf)
        return shelf

    async def preload(self, skus: Iterable[str]) -> None:
        """Locks at once what the commands of a batch are going to ask for one by one."""
        await self._load(set(skus))

    def open(self, skus: Iterable[str]) -> None:
        """Remembers the SKUs; `write` makes a row for each that has none."""
        self._to_open.update(skus)

    def events(self) -> list[AvailabilityChanged]:
        """Takes the events recorded since the last call."""
        events = [event for stock in self._touched.values() for event in stock.events]
        for stock in self._touched.values():
            stock.events.clear()
        self._touched.clear()
        return events

    async def write(self) -> None:
        """Opens new rows, updates changed ones and records their movements.

        Raises StockOutOfStep when a row changed under us, which the lock excludes.
        """
        if self._to_open:
            await self._connection.execute(_OPEN, {"skus": sorted(self._to_open)})
            self._to_open.clear()
        changed = [stock for stock in self._locked.values() if stock.movements]
        if changed:
            await self._update(changed)
            await self._record([move for stock in changed for move in stock.movements])
            for stock in changed:
                stock.movements.clear()

    async def _load(self, skus: set[str]) -> None:
        if not skus:
            return
        rows = await self._connection.execute(_LOCK, {"skus": sorted(skus)})
        found = {row.sku: Stock(*row) for row in rows}
        self._locked.update(found)
        self._absent |= skus - found.keys()

    async def _update(self, changed: list[Stock]) -> None:
        values = {
            "skus": [stock.sku for stock in changed],
            "available": [sum(m.available for m in stock.movements) for stock in changed],
            "reserved": [sum(m.reserved for m in stock.movements) for stock in changed],
            "sold": [sum(m.sold for m in stock.movements) for stock in changed],
            "returned": [sum(m.returned for m in stock.movements) for stock in changed],
            "versions": [stock.version for stock in changed],
        }
        updated = set((await self._connection.execute(_UPDATE, values)).scalars())
        for stock in changed:
            if stock.sku not in updated:
                raise StockOutOfStep(stock.sku)

    async def _record(self, movements: list[Movement]) -> None:
        values = {
            "skus": [movement.sku for movement in movements],
            "kinds": [movement.kind.value for movement in movements],
            "available": [movement.available for movement in movements],
            "reserved": [movement.reserved for movement in movements],
            "sold": [movement.sold for movement in movements],
            "returned": [movement.returned for movement in movements],
            "causes": [movement.cause for movement in movements],
        }
        await self._connection.execute(_RECORD, values)
