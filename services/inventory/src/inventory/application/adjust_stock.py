"""The warehouse corrects the stock: up to 500 lines, all of them or none.

Called by `POST /v1/stock-adjustments`; the Idempotency-Key commits with the movements, so that
a repeated request finds the adjustment that the first one made.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chassis.audit import about
from chassis.idempotency import IdempotencyKey, StoredAnswer
from inventory.domain.adjustment import Adjustment
from inventory.domain.errors import InventoryError
from inventory.domain.ports import UnitOfWork


class Keys(Protocol):
    """The Idempotency-Keys of this transaction."""

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None: ...

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None: ...

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None: ...


class IdempotentUnitOfWork(UnitOfWork, Protocol):
    """A unit of work that also keeps Idempotency-Keys."""

    @property
    def idempotency(self) -> Keys: ...


@dataclass(frozen=True, slots=True)
class AdjustStock:
    """Book this adjustment once for this key."""

    key: IdempotencyKey
    adjustment: Adjustment


async def adjust_stock(command: AdjustStock, uow: IdempotentUnitOfWork) -> UUID:
    """Books the lines and returns the adjustment's id, or that of the first with this key.

    A twin may have committed since we looked at the key, and have taken the stock: then its
    answer is ours too. Raises DuplicateSkus, UnknownSkus, NotEnoughStock, and the key's KeyReused
    and KeyInFlight.
    """
    adjustment = command.adjustment
    async with uow:
        answered = await uow.idempotency.claim(command.key)
        if answered is not None:
            return _id_in(answered)
        try:
            adjustment.book(await uow.stocks.lock(line.sku for line in adjustment.lines))
        except InventoryError:
            answered = await uow.idempotency.find(command.key)
            if answered is None:
                raise
            return _id_in(answered)
        uow.adjustments.add(adjustment)
        about(adjustment.id)
        location = f"/v1/stock-adjustments/{adjustment.id}"
        await uow.idempotency.store(command.key, StoredAnswer(201, location))
        await uow.commit()
    return adjustment.id


def _id_in(answered: StoredAnswer) -> UUID:
    return UUID((answered.location or "").rpartition("/")[2])
