"""The simulated provider's list of its charges, for the reconciliation.

Read from the provider's own tables. References begin with the time of their charge, as the keys
do that they are made of.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.adapters.provider_tables import provider_charges as charges
from payments.adapters.simulated_provider import reference_of
from payments.adapters.times import first_id_of
from payments.domain.money import Money
from payments.domain.ports import ProviderUnavailable
from payments.domain.reconciliation import Charge, Standing

_PAGE = 500
_COLUMNS = select(
    charges, func.coalesce(charges.c.decides_at > func.now(), False).label("processing")
)


class SimulatedBooks:
    """Implements the `ProviderBooks` port."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def charges(self, since: datetime, after: str | None) -> Sequence[Charge]:
        first = after or reference_of(first_id_of(since))
        behind = _COLUMNS.where(charges.c.reference > first)
        return await self._read(behind.order_by(charges.c.reference).limit(_PAGE))

    async def charge(self, reference: str) -> Charge | None:
        found = await self._read(_COLUMNS.where(charges.c.reference == reference))
        return found[0] if found else None

    async def _read(self, statement: Select[tuple[object, ...]]) -> list[Charge]:
        try:
            async with self._engine.connect() as connection:
                return [_charge(row) for row in await connection.execute(statement)]
        except (DBAPIError, OSError) as error:
            raise ProviderUnavailable(type(error).__name__) from error


def _charge(row: Row[tuple[object, ...]]) -> Charge:
    return Charge(
        row.reference,
        _key(row.reference),
        _standing(row),
        Money(row.authorised, row.currency),
        row.captured,
        row.refunded,
    )


def _key(reference: str) -> UUID | None:
    try:
        return UUID(reference.removeprefix("ch_"))
    except ValueError:
        return None


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    if row.processing:
        return Standing.PROCESSING
    if row.declined is not None:
        return Standing.DECLINED
    if not row.closed:
        return Standing.HELD
    return Standing.CAPTURED if row.captured else Standing.VOIDED
